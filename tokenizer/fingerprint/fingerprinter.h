#ifndef CARDVAULT_TOKENIZER_FINGERPRINT_FINGERPRINTER_H_
#define CARDVAULT_TOKENIZER_FINGERPRINT_FINGERPRINTER_H_

#include <cstddef>
#include <string>

#include "base/id.h"
#include "card/pan.h"
#include "keys/mac_key.h"

namespace cardvault {

// A PAN among the few that an enumeration row holds: 64 bits tell those apart, and show less of
// the MAC than a look-up needs.
inline constexpr size_t kEnumerationMacSize = 8;

// The only HMAC over a PAN. Every output is over the merchant too, so two merchants' values of one
// card are unrelated; each use has its own label, so values of two uses never meet. Thread-safe.
class Fingerprinter final {
 public:
  // 32 bytes by which a merchant's PAN is looked up; under a key of purpose kFingerprint. Stays
  // in the store.
  static std::string FingerprintOf(const MacKey& mac, const MerchantId& merchant, const Pan& pan);

  // kEnumerationMacSize bytes, under the same key.
  static std::string EnumerationMac(const MacKey& mac, const MerchantId& merchant, const Pan& pan);

  // 32 bytes that stand for the PAN in a request's digest; under a key of purpose kRequestDigest.
  // Never stored as such.
  static std::string RequestMac(const MacKey& mac, const MerchantId& merchant, const Pan& pan);
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_FINGERPRINT_FINGERPRINTER_H_
