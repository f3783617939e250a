#ifndef CARDVAULT_BASE_ED25519_H_
#define CARDVAULT_BASE_ED25519_H_

#include <array>
#include <cstdint>

namespace cardvault {

// The public values of Ed25519 in the encoding of RFC 8032, section 5.1: what signs (keys) and what
// verifies (audit) name them alike. Nothing here is secret.
using Ed25519PublicKey = std::array<uint8_t, 32>;
using Ed25519Signature = std::array<uint8_t, 64>;

}  // namespace cardvault

#endif  // CARDVAULT_BASE_ED25519_H_
