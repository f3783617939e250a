#include "server/key_change_effects.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace cardvault {

using admin::v1::Proposal;

void AddKeyEffects(KeyAdmin& keys, ChangeEffects& effects) {
  using Done = ChangeEffect::Done;
  ChangeEffect& rotate_kek = effects[Proposal::kRotateKek];
  rotate_kek.check = [&keys](const Proposal&, const SecretBytes&,
                             const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(keys.CheckRotateKek());
    return ChangeCheck{{}, "kek", {}};
  };
  rotate_kek.apply = [&keys](const Proposal&, const SecretBytes&, const Warrant& warrant,
                             Done done) { std::move(done)(keys.RotateKek(warrant).status()); };

  ChangeEffect& destroy_key = effects[Proposal::kDestroyKey];
  destroy_key.check = [&keys](const Proposal& proposal, const SecretBytes&,
                              const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    const admin::v1::DestroyKeyRequest& request = proposal.destroy_key();
    RETURN_IF_ERROR(keys.CheckDestroy(request));
    return ChangeCheck{{}, absl::StrCat(request.purpose(), "/", request.version()), {}};
  };
  destroy_key.apply = [&keys](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                              Done done) {
    std::move(done)(keys.Destroy(warrant, proposal.destroy_key()).status());
  };

  ChangeEffect& destroy_kek = effects[Proposal::kDestroyKek];
  destroy_kek.check = [&keys](const Proposal& proposal, const SecretBytes&,
                              const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(keys.CheckDestroyKek(proposal.destroy_kek()));
    return ChangeCheck{{}, absl::StrCat("kek/", proposal.destroy_kek().check_value()), {}};
  };
  destroy_kek.apply = [&keys](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                              Done done) {
    std::move(done)(keys.DestroyKek(warrant, proposal.destroy_kek()).status());
  };
}

}  // namespace cardvault
