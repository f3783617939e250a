#include "vault/row_keys.h"

#include <cstddef>

namespace cardvault {
namespace {

constexpr size_t kShortSize = 16;  // for index rows that also hold what they lead to
constexpr size_t kFullSize = 32;   // where a collision would mix two callers' objects

std::string Cut(std::string mac, size_t size_bytes) {
  mac.resize(size_bytes);
  return mac;
}

}  // namespace

std::string RowKeys::Merchant(const MerchantId& merchant) const {
  return Cut(key_.Mac({"cardvault row merchant v1", merchant.value()}), kShortSize);
}

std::string RowKeys::Customer(const MerchantId& merchant, const CustomerId& customer) const {
  return Cut(key_.Mac({"cardvault row customer v1", merchant.value(), customer.value()}),
             kShortSize);
}

std::string RowKeys::Fingerprint(const MerchantId& merchant, absl::string_view fingerprint) const {
  return Cut(key_.Mac({"cardvault row fingerprint v1", merchant.value(), fingerprint}), kShortSize);
}

std::string RowKeys::Payment(const MerchantId& merchant, const PaymentId& payment) const {
  return Cut(key_.Mac({"cardvault row payment v1", merchant.value(), payment.value()}), kFullSize);
}

std::string RowKeys::Reference(const MerchantId& merchant, const RouteName& route,
                               absl::string_view reference) const {
  return Cut(key_.Mac({"cardvault row reference v1", merchant.value(), route.value(), reference}),
             kFullSize);
}

std::string RowKeys::Request(const MerchantId& merchant, absl::string_view rpc,
                             const RequestId& request) const {
  return Cut(key_.Mac({"cardvault row request v1", merchant.value(), rpc, request.value()}),
             kFullSize);
}

std::string RowKeys::Enumeration(const MerchantId& merchant, absl::string_view bin,
                                 absl::string_view last_four) const {
  return Cut(key_.Mac({"cardvault row enumeration v1", merchant.value(), bin, last_four}),
             kFullSize);
}

}  // namespace cardvault
