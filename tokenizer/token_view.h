#ifndef CARDVAULT_TOKENIZER_TOKEN_VIEW_H_
#define CARDVAULT_TOKENIZER_TOKEN_VIEW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "card/brand.h"
#include "card/card_profile.h"
#include "card/token.h"
#include "card/truncated_pan.h"

namespace cardvault {

// The numbers are stored (CardRecord.State).
enum class TokenState { kActive = 1, kDisabled = 2, kUsed = 3 };

using Labels = std::vector<std::pair<std::string, std::string>>;  // sorted by key

// What a merchant sees of a stored card; the PAN is not opened for it.
struct TokenView {
  Token token;
  Brand brand = Brand::kUnknown;
  TruncatedPan truncated;
  CardProfile profile;
  std::string fingerprint;
  std::string customer_id;  // "" : none
  Labels labels;
  TokenState state = TokenState::kActive;
  bool single_use = false;
  uint64_t revision = 0;
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> delete_time;
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TOKEN_VIEW_H_
