#ifndef CARDVAULT_KEYS_CRYPTO_SIZES_H_
#define CARDVAULT_KEYS_CRYPTO_SIZES_H_

#include <cstddef>
#include <cstdint>

namespace cardvault {

inline constexpr size_t kKeySize = 32;            // 256 bits: of every key that this room makes
inline constexpr size_t kGcmNonceSize = 12;       // 96-bit random nonces (SP 800-38D, 8.2.2)
inline constexpr size_t kGcmTagSize = 16;         // 128 bits, nothing shorter is accepted
inline constexpr size_t kMacSize = 32;            // HMAC-SHA-256, whole
inline constexpr size_t kMinVerifiedMacSize = 4;  // the shortest prefix of one: what a token has

// The longest plaintext and the longest associated data of one sealed field. What is sealed is a
// card, a profile or a credential of an upstream, the largest being a private key with its
// certificates: well under 64 KiB. The limit keeps sizes inside OpenSSL's int and far below the
// 2^36 bytes of GCM.
inline constexpr size_t kMaxGcmInputSize = size_t{1} << 20;

// Encryptions under one AEAD key, at most (SP 800-38D, 8.3: 2^32 with random 96-bit nonces).
inline constexpr uint64_t kHardMaxUses = (uint64_t{1} << 32) - 1;

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CRYPTO_SIZES_H_
