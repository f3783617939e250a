#include "tokenizer/pan_admission.h"

#include <memory>

#include "base/error_reason.h"
#include "base/protections.h"
#include "base/status.h"
#include "card/truncated_pan.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"
#include "tokenizer/fingerprint/fingerprinter.h"

namespace cardvault {

absl::StatusOr<PanAdmission> PanAdmission::Open(const CardTables& tables,
                                                const TokenizerOptions& options,
                                                const MerchantId& merchant, const Pan& pan) {
  std::vector<std::shared_ptr<const MacKey>> keys =
      tables.keyring().LiveMacs(KeyPurpose::kFingerprint);
  if (keys.empty()) {
    return FailedPrecondition(ErrorReason::kVaultSealed, "the vault has no fingerprint key");
  }
  if (ProtectionIsOff(Protection::kDualLookup)) keys.resize(1);
  PanAdmission admission(tables, options);
  for (const std::shared_ptr<const MacKey>& key : keys) {
    admission.fingerprint_row_keys_.push_back(
        FingerprintRowKey(key->version(), Fingerprinter::FingerprintOf(*key, merchant, pan)));
    admission.guard_macs_.macs.push_back(Fingerprinter::EnumerationMac(*key, merchant, pan));
  }
  admission.guard_macs_.active_version = keys.front()->version();
  const TruncatedPan shown = pan.Truncate(options.bin_length);
  for (const RowKeys& row_keys : tables.row_keys().newest_first()) {
    admission.guard_row_keys_.push_back(row_keys.Enumeration(merchant, shown.bin, shown.last_four));
  }
  return admission;
}

absl::Status PanAdmission::Admit(absl::Time now, WriteSet& set) const {
  // A count that is put is put where the active version has it, and one that was moved there out
  // of sight is not counted beside.
  set.sealed_under.push_back({KeyPurpose::kRowIndex, tables_.row_keys().active_version()});
  return guard_.Admit(guard_row_keys_, guard_macs_, now, set);
}

absl::Status PanAdmission::CheckUnlocked(absl::Time now, WriteSet& set) const {
  set.sealed_under.push_back({KeyPurpose::kRowIndex, tables_.row_keys().active_version()});
  return guard_.CheckUnlocked(guard_row_keys_, now, set);
}

absl::StatusOr<PanEntry> PanAdmission::Find(WriteSet& set) const {
  ASSIGN_OR_RETURN(PanEntry entry, tables_.rows().pan_rows().Find(fingerprint_row_keys_, set));
  // A row that is made now must be under the version that is active when it is committed: a
  // version that was retired meanwhile may no longer be looked under.
  if (!entry.row.has_value()) {
    set.sealed_under.push_back({KeyPurpose::kFingerprint, guard_macs_.active_version});
  }
  return entry;
}

}  // namespace cardvault
