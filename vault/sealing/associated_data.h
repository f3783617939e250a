#ifndef CARDVAULT_VAULT_SEALING_ASSOCIATED_DATA_H_
#define CARDVAULT_VAULT_SEALING_ASSOCIATED_DATA_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/id.h"
#include "card/token.h"

namespace cardvault {

// The version of the record form under which fields are sealed now (CardRecord.format_version).
inline constexpr uint32_t kSealedFieldFormat = 1;

// The names of the sealed fields; they are part of what is authenticated.
inline constexpr absl::string_view kPanField = "pan";
inline constexpr absl::string_view kProfileField = "profile";

// Where sealed bytes belong. They open there and nowhere else.
struct SealedPlace {
  uint32_t format_version = kSealedFieldFormat;
  absl::string_view vault_id;
  const MerchantId& merchant;
  const Token& token;
  absl::string_view field;
  uint32_t key_version = 0;
};

// The AEAD's associated data of a place, byte by byte in docs/formats/card_record.md. Thread-safe.
std::string AssociatedDataOf(const SealedPlace& place);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_SEALING_ASSOCIATED_DATA_H_
