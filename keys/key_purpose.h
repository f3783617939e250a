#ifndef CARDVAULT_KEYS_KEY_PURPOSE_H_
#define CARDVAULT_KEYS_KEY_PURPOSE_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace cardvault {

// What a key is for; a key serves one purpose. The numbers are stored and never reused.
enum class KeyPurpose : uint32_t {
  kPan = 1,              // AES-256-GCM over the PAN
  kProfile = 2,          // AES-256-GCM over expiry and name
  kFingerprint = 3,      // HMAC-SHA-256 over merchant and PAN
  kTokenMac = 4,         // HMAC-SHA-256 in tokens
  kRequestDigest = 5,    // HMAC-SHA-256 over what makes requests "the same"
  kCursor = 6,           // HMAC-SHA-256 over page tokens
  kRouteCredential = 7,  // AES-256-GCM over credentials of upstreams
  kRowIndex = 8,         // HMAC-SHA-256 that makes row keys of callers' ids
  kAuditSigning = 9,     // Ed25519 over checkpoints of the audit log
};

enum class KeyAlgorithm { kAes256Gcm, kHmacSha256, kEd25519 };

KeyAlgorithm AlgorithmOf(KeyPurpose purpose);
absl::string_view AlgorithmName(KeyAlgorithm algorithm);  // "AES-256-GCM"
// The security strength in bits: SP 800-57 part 1 r5, tables 2 and 3; of Ed25519 FIPS 186-5.
int StrengthBits(KeyAlgorithm algorithm);
absl::string_view PurposeName(KeyPurpose purpose);  // "row-index"
const std::vector<KeyPurpose>& AllPurposes();
inline absl::string_view SafeForLog(KeyPurpose purpose) { return PurposeName(purpose); }

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEY_PURPOSE_H_
