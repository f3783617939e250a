#include "tokenizer/pan_admission.h"

#include <memory>
#include <string>
#include <vector>

#include "base/error_reason.h"
#include "base/status.h"
#include "card/truncated_pan.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"
#include "tokenizer/enumeration_guard.h"
#include "tokenizer/fingerprint/fingerprinter.h"

namespace cardvault {

absl::StatusOr<PanEntry> AdmitPan(const CardTables& tables, const TokenizerOptions& options,
                                  const MerchantId& merchant, const Pan& pan, absl::Time now,
                                  WriteSet& set) {
  const std::vector<std::shared_ptr<const MacKey>> keys =
      tables.keyring().LiveMacs(KeyPurpose::kFingerprint);
  if (keys.empty()) {
    return FailedPrecondition(ErrorReason::kVaultSealed, "the vault has no fingerprint key");
  }
  std::vector<std::string> row_keys;
  std::vector<std::string> enumeration_macs;
  for (const std::shared_ptr<const MacKey>& key : keys) {
    row_keys.push_back(
        FingerprintRowKey(key->version(), Fingerprinter::FingerprintOf(*key, merchant, pan)));
    enumeration_macs.push_back(Fingerprinter::EnumerationMac(*key, merchant, pan));
  }
  const TruncatedPan shown = pan.Truncate(options.bin_length);
  const EnumerationGuard guard(tables.engine(), options.enumeration_limit,
                               options.enumeration_window);
  RETURN_IF_ERROR(guard.Admit(tables.row_keys().Enumeration(merchant, shown.bin, shown.last_four),
                              enumeration_macs, now, set));
  ASSIGN_OR_RETURN(PanEntry entry, tables.rows().pan_rows().Find(row_keys, set));
  // A row that is made now must be under the version that is active when it is committed: a
  // version that was retired meanwhile may no longer be looked under.
  if (!entry.row.has_value()) {
    set.sealed_under.push_back({KeyPurpose::kFingerprint, keys.front()->version()});
  }
  return entry;
}

}  // namespace cardvault
