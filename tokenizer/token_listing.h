#ifndef CARDVAULT_TOKENIZER_TOKEN_LISTING_H_
#define CARDVAULT_TOKENIZER_TOKEN_LISTING_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "tokenizer/token_filter.h"
#include "tokenizer/token_view.h"
#include "vault/records/card_tables.h"

namespace cardvault {

struct TokenPage {
  std::vector<TokenView> tokens;
  std::string next_page_token;  // "" : the end
};

inline constexpr size_t kDefaultPageSize = 50;
inline constexpr size_t kMaxPageSize = 200;
// Records looked at for one page: a filter that matches little ends its page early with a cursor.
inline constexpr size_t kMaxScannedPerPage = 2000;

// One page of a merchant's live tokens, newest first, by the narrowest index that the filter
// allows. A token that is there from the first page to the last is listed once, whatever comes and
// goes meanwhile, while the row-index key of `tables` stays the active one: else look again.
// INVALID_ARGUMENT (FIELD_INVALID, "page_token"). Thread-safe.
absl::StatusOr<TokenPage> ListTokens(const CardTables& tables, const MerchantId& merchant,
                                     const TokenFilter& filter, size_t page_size,
                                     absl::string_view page_token, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TOKEN_LISTING_H_
