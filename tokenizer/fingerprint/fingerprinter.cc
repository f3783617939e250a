#include "tokenizer/fingerprint/fingerprinter.h"

#include "card/access/pan_access.h"

namespace cardvault {

std::string Fingerprinter::FingerprintOf(const MacKey& mac, const MerchantId& merchant,
                                         const Pan& pan) {
  return mac.Mac({"cardvault fingerprint v1", merchant.value(), pan.Reveal(PanAccess::Token())});
}

std::string Fingerprinter::EnumerationMac(const MacKey& mac, const MerchantId& merchant,
                                          const Pan& pan) {
  return mac.Mac({"cardvault enumeration v1", merchant.value(), pan.Reveal(PanAccess::Token())})
      .substr(0, kEnumerationMacSize);
}

std::string Fingerprinter::RequestMac(const MacKey& mac, const MerchantId& merchant,
                                      const Pan& pan) {
  return mac.Mac({"cardvault request pan v1", merchant.value(), pan.Reveal(PanAccess::Token())});
}

}  // namespace cardvault
