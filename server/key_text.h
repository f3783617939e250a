#ifndef CARDVAULT_SERVER_KEY_TEXT_H_
#define CARDVAULT_SERVER_KEY_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cardvault/admin/v1/key_service.pb.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "reencryption/reencryption_progress.h"

namespace cardvault {

// Between the keyring's words and the API's. Thread-safe.
admin::v1::KeyVersionInfo ShownKey(const KeyVersionInfo& key);
admin::v1::KekInfo ShownKek(const KekVersionInfo& kek);
admin::v1::ReencryptionProgress ShownProgress(const ReencryptionProgress& progress);

// Whether a version that encrypts was to be replaced by now and was not, so that its end comes
// near.
bool IsOverdue(const KeyVersionInfo& key, absl::Time now);

// OK for what can be a KEK's check value, six hexadecimal digits in lower case, or its id in
// custody, thirty-two; else INVALID_ARGUMENT ("check_value", "kek_id"): it is not looked for.
absl::Status CheckKekCheckValue(absl::string_view text);
absl::Status CheckKekId(absl::string_view text);

// INVALID_ARGUMENT (FIELD_INVALID, "purpose").
absl::StatusOr<KeyPurpose> PurposeNamed(const std::string& name);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEY_TEXT_H_
