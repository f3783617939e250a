#ifndef CARDVAULT_TOKENIZER_PAGE_CURSOR_H_
#define CARDVAULT_TOKENIZER_PAGE_CURSOR_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "keys/keyring.h"
#include "tokenizer/token_filter.h"

namespace cardvault {

// Where a listing goes on, as its caller carries it: the position of the last row that was looked
// at, under a MAC that binds it to merchant and filter. Base32 over format (1 byte), key version
// (4), position (29), truncated MAC (16). Thread-safe.
class PageCursor final {
 public:
  // `position` as ListPosition makes it.
  static absl::StatusOr<std::string> Encode(const Keyring& keyring, const MerchantId& merchant,
                                            const TokenFilter& filter, absl::string_view position);

  // The position. INVALID_ARGUMENT (FIELD_INVALID, "page_token") for a cursor that was altered, or
  // is another merchant's or another filter's.
  static absl::StatusOr<std::string> Decode(const Keyring& keyring, const MerchantId& merchant,
                                            const TokenFilter& filter, absl::string_view cursor);
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_PAGE_CURSOR_H_
