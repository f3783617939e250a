#ifndef CARDVAULT_KEYS_CUSTODY_SECRET_SHARING_H_
#define CARDVAULT_KEYS_CUSTODY_SECRET_SHARING_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/secret_bytes.h"
#include "keys/crypto_sizes.h"  // IWYU pragma: export

namespace cardvault {

class KeyMaterial;

// Shamir's secret sharing over GF(2^8), polynomial 0x11D, by libgfshare (K7). Each byte of the
// secret has a random polynomial of its own of degree threshold - 1, whose value at 0 it is. Any
// `threshold` shares give the secret; fewer are independent of it, whatever is computed with them.
//
// A share is its x-coordinate (1 byte, not 0), then the values there (one for each byte of the
// secret). Coordinates are random and distinct: they say nothing of order or number of the shares.
//
// While it works, libgfshare keeps coefficients or shares in the ordinary heap, which is locked
// only when the whole process is, and overwrites them with random bytes before it frees them. It
// multiplies by tables that it indexes with secret bytes: who runs code on the same processor core
// at that moment may learn something through its cache. Both happen at a ceremony alone: when a
// KEK is made, and when the last share of an unsealing arrives. Thread-safe.
inline constexpr size_t kShareSize = 1 + kKeySize;

// One share would be the secret itself: no split knowledge.
inline constexpr uint32_t kMinShareThreshold = 2;
// The fewest custodians that do (PCI DSS 3.6.1.3); more than sixteen people are not a ceremony.
inline constexpr uint32_t kMaxShareCount = 16;

// OK when kMinShareThreshold <= threshold <= share_count <= kMaxShareCount; INVALID_ARGUMENT
// (FIELD_INVALID) otherwise, naming `threshold` or `custodians`.
absl::Status CheckShareNumbers(uint32_t threshold, size_t share_count);

// `share_count` shares of kShareSize bytes of a key of kKeySize bytes. Ends the process when
// OpenSSL's generator fails. Errors as CheckShareNumbers; RESOURCE_EXHAUSTED (LIMIT) without
// memory.
absl::StatusOr<std::vector<SecretBytes>> SplitKey(const KeyMaterial& key, uint32_t threshold,
                                                  uint32_t share_count);

// The key of exactly its threshold of shares; fewer, or of different keys, give another key, which
// its check value tells. INVALID_ARGUMENT (FIELD_INVALID) when one has another size or no
// coordinate, or two have the same; RESOURCE_EXHAUSTED (LIMIT) when the key heap is full.
absl::StatusOr<std::shared_ptr<const KeyMaterial>> CombineKey(
    absl::Span<const std::shared_ptr<const KeyMaterial>> shares);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_SECRET_SHARING_H_
