#include "forwarder/upstream_reference.h"

#include "base/length_prefix.h"
#include "base/sha256.h"
#include "card/base32.h"

namespace cardvault {
namespace {

// 160 bits: no two payments meet by chance, and 32 characters fit every order id.
constexpr size_t kDigestSize = 20;

}  // namespace

std::string UpstreamReference(size_t owner_count, const MerchantId& merchant,
                              const PaymentId& payment_id) {
  return owner_count == 1 ? payment_id.value() : SharedReference(merchant, payment_id);
}

std::string SharedReference(const MerchantId& merchant, const PaymentId& payment_id) {
  const std::string digest = Sha256(LengthPrefixed({merchant.value(), payment_id.value()}));
  return Base32Lower(absl::string_view(digest).substr(0, kDigestSize));
}

}  // namespace cardvault
