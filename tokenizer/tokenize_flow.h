#ifndef CARDVAULT_TOKENIZER_TOKENIZE_FLOW_H_
#define CARDVAULT_TOKENIZER_TOKENIZE_FLOW_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tokenizer/commit_loop.h"
#include "tokenizer/tokenize_request.h"
#include "vault/records/card_tables.h"

namespace cardvault {

// One try at Tokenize, from the request to the write set and the answer. Thread-safe.
absl::StatusOr<Attempt<TokenizeOutput>> TryTokenize(const CardTables& tables,
                                                    const TokenizerOptions& options,
                                                    const TokenizeInput& input, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TOKENIZE_FLOW_H_
