#ifndef CARDVAULT_TOKENIZER_PAN_ADMISSION_H_
#define CARDVAULT_TOKENIZER_PAN_ADMISSION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "card/pan.h"
#include "tokenizer/enumeration_guard.h"
#include "tokenizer/tokenize_request.h"
#include "vault/commit/write_set.h"
#include "vault/records/card_tables.h"
#include "vault/records/pan_rows.h"

namespace cardvault {

// A PAN that a merchant offers, as the store knows PANs: counted against enumeration first, looked
// up after. What is read is named in `set`'s preconditions. Thread-safe.
class PanAdmission final {
 public:
  // FAILED_PRECONDITION (VAULT_SEALED). `tables` must outlive this.
  static absl::StatusOr<PanAdmission> Open(const CardTables& tables,
                                           const TokenizerOptions& options,
                                           const MerchantId& merchant, const Pan& pan);

  // As EnumerationGuard has them.
  absl::Status Admit(absl::Time now, WriteSet& set) const;
  absl::Status CheckUnlocked(absl::Time now, WriteSet& set) const;

  // Looks the PAN up by its fingerprint under every live key version. Only after Admit.
  absl::StatusOr<PanEntry> Find(WriteSet& set) const;

 private:
  PanAdmission(const CardTables& tables, const TokenizerOptions& options)
      : tables_(tables),
        guard_(tables.engine(), options.enumeration_limit, options.enumeration_window) {}

  const CardTables& tables_;
  EnumerationGuard guard_;
  // Under each live version of the row-index key, the active one first.
  std::vector<std::string> guard_row_keys_;
  EnumerationGuard::PanMacs guard_macs_;
  // Under each live key version, the active one first.
  std::vector<std::string> fingerprint_row_keys_;
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_PAN_ADMISSION_H_
