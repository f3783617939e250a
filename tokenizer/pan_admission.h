#ifndef CARDVAULT_TOKENIZER_PAN_ADMISSION_H_
#define CARDVAULT_TOKENIZER_PAN_ADMISSION_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "card/pan.h"
#include "tokenizer/tokenize_request.h"
#include "vault/commit/write_set.h"
#include "vault/records/card_tables.h"
#include "vault/records/pan_rows.h"

namespace cardvault {

// Takes a PAN in for a merchant: counts it against enumeration, then looks it up by its
// fingerprint under every live key version. Both name what they read in `set`'s preconditions.
// RESOURCE_EXHAUSTED (ENUMERATION); FAILED_PRECONDITION (VAULT_SEALED). Thread-safe.
absl::StatusOr<PanEntry> AdmitPan(const CardTables& tables, const TokenizerOptions& options,
                                  const MerchantId& merchant, const Pan& pan, absl::Time now,
                                  WriteSet& set);

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_PAN_ADMISSION_H_
