#include "vault/row_keys.h"

#include "absl/strings/str_cat.h"
#include "base/length_prefix.h"
#include "base/status.h"

namespace cardvault {
namespace {

std::string Versioned(const MacKey& key, absl::string_view mac) {
  return absl::StrCat(BigEndian32(key.version()), mac);
}

std::string Short(const MacKey& key, std::string mac) {
  mac.resize(RowKeys::kShortSize - RowKeys::kVersionSize);
  return Versioned(key, mac);
}

}  // namespace

std::string RowKeys::Merchant(const MerchantId& merchant) const {
  return Short(*key_, key_->Mac({"cardvault row merchant v1", merchant.value()}));
}

std::string RowKeys::Customer(const MerchantId& merchant, const CustomerId& customer) const {
  return Short(*key_, key_->Mac({"cardvault row customer v1", merchant.value(), customer.value()}));
}

std::string RowKeys::Payment(const MerchantId& merchant, const PaymentId& payment) const {
  return Versioned(*key_,
                   key_->Mac({"cardvault row payment v1", merchant.value(), payment.value()}));
}

std::string RowKeys::Reference(const MerchantId& merchant, const RouteName& route,
                               absl::string_view reference) const {
  return Versioned(
      *key_, key_->Mac({"cardvault row reference v1", merchant.value(), route.value(), reference}));
}

std::string RowKeys::Request(const MerchantId& merchant, absl::string_view rpc,
                             const RequestId& request) const {
  return Versioned(*key_,
                   key_->Mac({"cardvault row request v1", merchant.value(), rpc, request.value()}));
}

std::string RowKeys::Enumeration(const MerchantId& merchant, absl::string_view bin,
                                 absl::string_view last_four) const {
  return Versioned(*key_,
                   key_->Mac({"cardvault row enumeration v1", merchant.value(), bin, last_four}));
}

absl::StatusOr<uint32_t> RowKeyVersion(absl::string_view key, size_t kind_size) {
  uint32_t version = 0;
  if (key.size() >= kind_size + RowKeys::kShortSize) {
    for (const char byte : key.substr(kind_size, RowKeys::kVersionSize)) {
      version = version << 8 | static_cast<uint8_t>(byte);
    }
  }
  if (version == 0) return DataLoss("a row's key names no version of the row-index key");
  return version;
}

}  // namespace cardvault
