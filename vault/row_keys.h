#ifndef CARDVAULT_VAULT_ROW_KEYS_H_
#define CARDVAULT_VAULT_ROW_KEYS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/id.h"
#include "keys/mac_key.h"

namespace cardvault {

// Row keys made of callers' ids: truncated HMACs under the row-index key, so that no caller's
// string and no PAN ever is a RocksDB key (keys stand in MANIFEST files). docs/formats/rows.md.
// Thread-safe.
class RowKeys final {
 public:
  explicit RowKeys(const MacKey& row_index_key) : key_(row_index_key) {}  // must outlive this

  // 16 bytes each: of index rows, which also hold what they lead to.
  std::string Merchant(const MerchantId& merchant) const;
  std::string Customer(const MerchantId& merchant, const CustomerId& customer) const;
  std::string Fingerprint(const MerchantId& merchant, absl::string_view fingerprint) const;

  // 32 bytes each: where a collision would mix two callers' objects.
  std::string Payment(const MerchantId& merchant, const PaymentId& payment) const;
  std::string Reference(const MerchantId& merchant, const RouteName& route,
                        absl::string_view reference) const;
  // `rpc` is the RPC's short name, a literal.
  std::string Request(const MerchantId& merchant, absl::string_view rpc,
                      const RequestId& request) const;
  std::string Enumeration(const MerchantId& merchant, absl::string_view bin,
                          absl::string_view last_four) const;

 private:
  const MacKey& key_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ROW_KEYS_H_
