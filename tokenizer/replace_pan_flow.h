#ifndef CARDVAULT_TOKENIZER_REPLACE_PAN_FLOW_H_
#define CARDVAULT_TOKENIZER_REPLACE_PAN_FLOW_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tokenizer/commit_loop.h"
#include "tokenizer/tokenize_request.h"
#include "vault/records/card_tables.h"

namespace cardvault {

// One try at ReplacePan. The token moves from its old PAN's rows to the new one's, and takes the
// new PAN's reuse slot when that is free. Another PAN is another generation, which refunds compare;
// the same PAN with another expiry is not. Thread-safe.
absl::StatusOr<Attempt<TokenView>> TryReplacePan(const CardTables& tables,
                                                 const TokenizerOptions& options,
                                                 const ReplacePanInput& input, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_REPLACE_PAN_FLOW_H_
