#ifndef CARDVAULT_SERVER_KEY_TEXT_H_
#define CARDVAULT_SERVER_KEY_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "cardvault/admin/v1/key_service.pb.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "reencryption/reencryption_progress.h"

namespace cardvault {

// Between the keyring's words and the API's. Thread-safe.
admin::v1::KeyVersionInfo ShownKey(const KeyVersionInfo& key);
admin::v1::KekInfo ShownKek(const KekVersionInfo& kek);
admin::v1::ReencryptionProgress ShownProgress(const ReencryptionProgress& progress);

// INVALID_ARGUMENT (FIELD_INVALID, "purpose").
absl::StatusOr<KeyPurpose> PurposeNamed(const std::string& name);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEY_TEXT_H_
