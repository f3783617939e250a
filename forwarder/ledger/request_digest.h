#ifndef CARDVAULT_FORWARDER_LEDGER_REQUEST_DIGEST_H_
#define CARDVAULT_FORWARDER_LEDGER_REQUEST_DIGEST_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/payment_request.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"

namespace cardvault {

// What makes two requests under one payment_id "the same": an HMAC under the request-digest key
// over a listed set of fields (docs/formats/payment_record.md), each with its name,
// length-prefixed. The CVV is in no list, and neither is cvv_id: a retry may name a fresh deposit.
// Another list is another format; a recorded digest is compared under the format of its making.
inline constexpr uint32_t kRequestDigestFormat = 1;

// 32 bytes. Thread-safe.
std::string RequestDigest(const MacKey& mac, const PaymentRequest& input);

// Writes the digest of a new payment into its record. FAILED_PRECONDITION (VAULT_SEALED).
absl::Status RecordRequestDigest(const Keyring& keyring, const PaymentRequest& input,
                                 storage::v1::PaymentRecord& record);

// Whether `record` was made by this very request, judged under the key that it was made with.
// FAILED_PRECONDITION (KEY_DESTROYED); DATA_LOSS for a format that never was.
absl::StatusOr<bool> IsSameRequest(const Keyring& keyring, const PaymentRequest& input,
                                   const storage::v1::PaymentRecord& record);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LEDGER_REQUEST_DIGEST_H_
