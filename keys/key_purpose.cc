#include "keys/key_purpose.h"

#include "base/check.h"

namespace cardvault {

KeyAlgorithm AlgorithmOf(KeyPurpose purpose) {
  switch (purpose) {
    case KeyPurpose::kPan:
    case KeyPurpose::kProfile:
    case KeyPurpose::kRouteCredential:
      return KeyAlgorithm::kAes256Gcm;
    case KeyPurpose::kFingerprint:
    case KeyPurpose::kTokenMac:
    case KeyPurpose::kRequestDigest:
    case KeyPurpose::kCursor:
    case KeyPurpose::kRowIndex:
      return KeyAlgorithm::kHmacSha256;
    case KeyPurpose::kAuditSigning:
      return KeyAlgorithm::kEd25519;
  }
  CV_CHECK(false);
  return KeyAlgorithm::kAes256Gcm;
}

absl::string_view AlgorithmName(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::kAes256Gcm:
      return "AES-256-GCM";
    case KeyAlgorithm::kHmacSha256:
      return "HMAC-SHA-256";
    case KeyAlgorithm::kEd25519:
      return "Ed25519";
  }
  return "unknown";
}

int StrengthBits(KeyAlgorithm algorithm) { return algorithm == KeyAlgorithm::kEd25519 ? 128 : 256; }

absl::string_view PurposeName(KeyPurpose purpose) {
  switch (purpose) {
    case KeyPurpose::kPan:
      return "pan";
    case KeyPurpose::kProfile:
      return "profile";
    case KeyPurpose::kFingerprint:
      return "fingerprint";
    case KeyPurpose::kTokenMac:
      return "token-mac";
    case KeyPurpose::kRequestDigest:
      return "request-digest";
    case KeyPurpose::kCursor:
      return "cursor";
    case KeyPurpose::kRouteCredential:
      return "route-credential";
    case KeyPurpose::kRowIndex:
      return "row-index";
    case KeyPurpose::kAuditSigning:
      return "audit-signing";
  }
  return "unknown";
}

const std::vector<KeyPurpose>& AllPurposes() {
  static const auto* const purposes = new std::vector<KeyPurpose>{
      KeyPurpose::kPan,
      KeyPurpose::kProfile,
      KeyPurpose::kFingerprint,
      KeyPurpose::kTokenMac,
      KeyPurpose::kRequestDigest,
      KeyPurpose::kCursor,
      KeyPurpose::kRouteCredential,
      KeyPurpose::kRowIndex,
      KeyPurpose::kAuditSigning,
  };  // never destroyed
  return *purposes;
}

}  // namespace cardvault
