#ifndef CARDVAULT_VAULT_PAGE_CURSOR_H_
#define CARDVAULT_VAULT_PAGE_CURSOR_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "keys/keyring.h"

namespace cardvault {

// Of which listing a cursor is. Views live as long as the call.
struct PageScope {
  absl::string_view listing;  // a literal: "token", "payment"
  const MerchantId& merchant;
  absl::string_view filter;  // bytes that no two filters share
};

// Where a listing goes on, as its caller carries it: the position of the last row that was looked
// at, under a MAC that binds it to listing, merchant and filter. Base32 over format (1 byte), key
// version (4), position, truncated MAC (16). Thread-safe.
class PageCursor final {
 public:
  static absl::StatusOr<std::string> Encode(const Keyring& keyring, const PageScope& scope,
                                            absl::string_view position);

  // The position, of `position_size` bytes. INVALID_ARGUMENT (FIELD_INVALID, "page_token") for a
  // cursor that was altered, or is of another listing, merchant or filter.
  static absl::StatusOr<std::string> Decode(const Keyring& keyring, const PageScope& scope,
                                            size_t position_size, absl::string_view cursor);
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_PAGE_CURSOR_H_
