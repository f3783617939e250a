#ifndef CARDVAULT_FORWARDER_ESCROW_CVV_SEALER_H_
#define CARDVAULT_FORWARDER_ESCROW_CVV_SEALER_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "card/sad/cvv.h"
#include "keys/aead_key.h"
#include "keys/crypto_sizes.h"

namespace cardvault {

// Whose code it is: the associated data. Bytes moved to another deposit do not open.
struct CvvPlace {
  const MerchantId& merchant;
  absl::string_view token;
  absl::string_view cvv_id;
};

// Sealed are one byte of length and the digits, zero-padded, so that codes of all lengths have
// sealed bytes of one length.
inline constexpr size_t kMaxCvvSize = 4;
inline constexpr size_t kSealedCvvSize = kGcmNonceSize + 1 + kMaxCvvSize + kGcmTagSize;

// INTERNAL (CRYPTO). Thread-safe.
absl::StatusOr<std::string> SealCvv(const AeadKey& key, const CvvPlace& place, const Cvv& cvv);

// DATA_LOSS when the bytes are not what was sealed for this place. Thread-safe.
absl::StatusOr<Cvv> OpenCvv(const AeadKey& key, const CvvPlace& place, absl::string_view sealed);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ESCROW_CVV_SEALER_H_
