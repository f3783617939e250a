#ifndef CARDVAULT_TOKENIZER_CARD_UPDATE_H_
#define CARDVAULT_TOKENIZER_CARD_UPDATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "card/expiry.h"
#include "card/token.h"
#include "tokenizer/commit_loop.h"
#include "tokenizer/token_view.h"
#include "vault/call_context.h"
#include "vault/records/card_tables.h"

namespace cardvault {

struct CardUpdate {
  Token token;
  uint64_t revision = 0;
  std::optional<Expiry> expiry;
  std::optional<std::string> cardholder_name;
  Labels set_labels;
  std::vector<std::string> remove_labels;
};

inline constexpr size_t kMaxLabels = 16;           // a record stays under one kilobyte or so
inline constexpr size_t kMaxLabelValueSize = 100;  // bytes

// One try at UpdateCard. A label that is both set and removed is set. Thread-safe.
absl::StatusOr<Attempt<TokenView>> TryUpdate(const CardTables& tables, const CallContext& call,
                                             const CardUpdate& update, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_CARD_UPDATE_H_
