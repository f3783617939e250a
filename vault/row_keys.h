#ifndef CARDVAULT_VAULT_ROW_KEYS_H_
#define CARDVAULT_VAULT_ROW_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "keys/mac_key.h"

namespace cardvault {

// Row keys made of callers' ids under one version of the row-index key: the version (4 bytes), then
// an HMAC, so that no caller's string ever is a RocksDB key (keys stand in MANIFEST files).
// docs/formats/rows.md. Thread-safe.
class RowKeys final {
 public:
  static constexpr size_t kVersionSize = 4;
  static constexpr size_t kShortSize = kVersionSize + 16;
  static constexpr size_t kFullSize = kVersionSize + 32;

  explicit RowKeys(std::shared_ptr<const MacKey> row_index_key) : key_(std::move(row_index_key)) {}

  uint32_t version() const { return key_->version(); }

  // kShortSize each: of index rows, which also hold what they lead to.
  std::string Merchant(const MerchantId& merchant) const;
  std::string Customer(const MerchantId& merchant, const CustomerId& customer) const;

  // kFullSize each: where a collision would mix two callers' objects.
  std::string Payment(const MerchantId& merchant, const PaymentId& payment) const;
  std::string Reference(const MerchantId& merchant, const RouteName& route,
                        absl::string_view reference) const;
  // `rpc` is the RPC's short name, a literal.
  std::string Request(const MerchantId& merchant, absl::string_view rpc,
                      const RequestId& request) const;
  std::string Enumeration(const MerchantId& merchant, absl::string_view bin,
                          absl::string_view last_four) const;

 private:
  const std::shared_ptr<const MacKey> key_;
};

// The version under which a row key was made that begins at `kind_size` bytes of `key`. DATA_LOSS
// for one that is too short to say, or says 0.
absl::StatusOr<uint32_t> RowKeyVersion(absl::string_view key, size_t kind_size);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ROW_KEYS_H_
