#include "server/backup_change_effects.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace cardvault {

using admin::v1::Proposal;

// The effect is that it begins: what comes of it the backup's own entries tell.
void AddBackupEffects(Backups& backups, ChangeEffects& effects) {
  using Done = ChangeEffect::Done;
  ChangeEffect& create = effects[Proposal::kCreateBackup];
  create.check = [&backups](const Proposal&, const SecretBytes&,
                            const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(backups.CheckCreate());
    return ChangeCheck{{}, "backup", {}};
  };
  create.apply = [&backups](const Proposal&, const SecretBytes&, const Warrant& warrant,
                            Done done) { std::move(done)(backups.Create(warrant).status()); };

  ChangeEffect& remove = effects[Proposal::kDeleteBackup];
  remove.check = [&backups](const Proposal& proposal, const SecretBytes&,
                            const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(backups.CheckWhole(proposal.delete_backup().id()));
    return ChangeCheck{{}, absl::StrCat("backup/", proposal.delete_backup().id()), {}};
  };
  remove.apply = [&backups](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                            Done done) {
    std::move(done)(backups.Delete(warrant, proposal.delete_backup().id()));
  };
}

}  // namespace cardvault
