#ifndef CARDVAULT_VAULT_RECORDS_INDEX_KEYS_H_
#define CARDVAULT_VAULT_RECORDS_INDEX_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "card/token.h"
#include "vault/row_keys.h"

namespace cardvault {

// The row keys of table token_index (docs/formats/card_record.md). Those made of a merchant's or a
// customer's id are under one version of the row-index key; those made of a fingerprint, which is
// random itself, are under none. Thread-safe.
class IndexKeys final {
 public:
  static constexpr char kMerchantKind = 'm';
  static constexpr char kCustomerKind = 'c';
  static constexpr char kReuseKind = 'r';

  explicit IndexKeys(const RowKeys& row_keys) : row_keys_(row_keys) {}  // must outlive this

  // What the listing rows of one merchant, customer or card begin with.
  std::string Merchant(const MerchantId& merchant) const;
  std::string Customer(const MerchantId& merchant, const CustomerId& customer) const;
  static std::string Fingerprint(const MerchantId& merchant, absl::string_view fingerprint);

  // The row that names the token which Reuse CUSTOMER answers.
  std::string CustomerReuse(const MerchantId& merchant, const CustomerId& customer,
                            absl::string_view fingerprint) const;

  // The row that leads from a fingerprint to its row in table fingerprints.
  static std::string FingerprintPointer(const MerchantId& merchant, absl::string_view fingerprint);

  // Whether a row of the table stands under the row-index key.
  static bool IsKeyed(absl::string_view row_key);

 private:
  const RowKeys& row_keys_;
};

// Where a token stands in a listing, newest first: inverted creation time, then the token.
inline constexpr size_t kListPositionSize = 8 + Token::kBinarySize;
std::string ListPosition(int64_t create_micros, const Token& token);
absl::string_view TokenOfPosition(absl::string_view position);

// What a listing row holds: a format version, because all else is in its key.
inline constexpr absl::string_view kListRowValue = "\x01";

// The token of 21 stored bytes. DATA_LOSS for any other number of them.
absl::StatusOr<Token> TokenOfBytes(VaultMode mode, absl::string_view bytes);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_INDEX_KEYS_H_
