#ifndef CARDVAULT_KEYS_CUSTODY_CUSTODIAN_SHARE_H_
#define CARDVAULT_KEYS_CUSTODY_CUSTODIAN_SHARE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/error_text.h"
#include "base/secret_bytes.h"

namespace cardvault {

// 16 random bytes: tells KEKs apart for ever, as check values of 24 bits do not.
inline constexpr size_t kKekIdSize = 16;

// A custodian's identity as his client certificate names it: a SPIFFE URI.
inline constexpr size_t kMaxCustodianSize = 200;

// Printable ASCII without spaces, 1 to kMaxCustodianSize: INVALID_ARGUMENT (FIELD_MISSING,
// FIELD_INVALID) naming `field` otherwise.
absl::Status CheckCustodian(absl::string_view custodian, FieldName field);

// The last part of an identity, by which a person is known: he may have identities in several
// domains, and counts as one.
absl::string_view CustodianName(absl::string_view custodian ABSL_ATTRIBUTE_LIFETIME_BOUND);

// 6 lower-case hexadecimal digits.
bool IsKekCheckValue(absl::string_view text);

// One custodian's share of one KEK, with all that tells him which it is. It leaves the process
// sealed to his certificate (keys/custody/share_envelope.h). The bytes of its document, format
// version 1: docs/formats/custodian_share.md. Movable. Thread-compatible.
struct CustodianShare {
  std::string vault_id;
  std::string kek_id;     // kKekIdSize bytes
  std::string custodian;  // whose it is
  uint32_t index = 0;     // from 1 to share_count
  uint32_t threshold = 0;
  uint32_t share_count = 0;
  std::string check_value;  // of the KEK, 6 hexadecimal digits
  SecretBytes share;        // kShareSize bytes
};

// The share's fields are as said above.
SecretBytes SerializeCustodianShare(const CustodianShare& share);

// INVALID_ARGUMENT (FIELD_INVALID, field `share`) when the bytes are not a document of this
// version, to the last byte.
absl::StatusOr<CustodianShare> ParseCustodianShare(const SecretBytes& document);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_CUSTODIAN_SHARE_H_
