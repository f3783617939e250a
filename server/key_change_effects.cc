#include "server/key_change_effects.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "server/key_text.h"

namespace cardvault {

using admin::v1::Proposal;

namespace {

absl::Status NotInCustody() {
  return FailedPrecondition(ErrorReason::kMode, "this vault's KEK is not in custody");
}

}  // namespace

void AddKeyEffects(KeyAdmin& keys, ChangeEffects& effects) {
  using Done = ChangeEffect::Done;
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
}

void AddKekEffects(KekAdmin& keks, ChangeEffects& effects) {
  using Done = ChangeEffect::Done;
  ChangeEffect& rotate_kek = effects[Proposal::kRotateKek];
  rotate_kek.check = [&keks](const Proposal& proposal, const SecretBytes&,
                             const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    ASSIGN_OR_RETURN(const std::string provider, keks.CheckRotate(proposal.rotate_kek()));
    return ChangeCheck{{}, absl::StrCat("kek/", provider), {}};
  };
  rotate_kek.apply = [&keks](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                             Done done) {
    std::move(done)(keks.Rotate(warrant, proposal.rotate_kek()).status());
  };

  ChangeEffect& destroy_kek = effects[Proposal::kDestroyKek];
  destroy_kek.one_commit = false;  // it is approved and told of before any byte goes
  destroy_kek.check = [&keks](const Proposal& proposal, const SecretBytes&,
                              const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(keks.CheckDestroy(proposal.destroy_kek()));
    return ChangeCheck{{}, absl::StrCat("kek/", proposal.destroy_kek().check_value()), {}};
  };
  destroy_kek.apply = [&keks](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                              Done done) {
    std::move(done)(keks.Destroy(warrant, proposal.destroy_kek()).status());
  };
}

void AddCustodyEffect(CustodyDesk* desk, ChangeEffects& effects) {
  ChangeEffect& activate = effects[Proposal::kActivateCustody];
  activate.check = [desk](const Proposal& proposal, const SecretBytes&,
                          const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    const std::string& kek_id = proposal.activate_custody().kek_id();
    RETURN_IF_ERROR(CheckKekId(kek_id));
    if (desk == nullptr) return NotInCustody();
    ASSIGN_OR_RETURN(Precondition base, desk->CheckActivate(kek_id));
    return ChangeCheck{{}, absl::StrCat("custody/", kek_id), {std::move(base)}};
  };
  activate.apply = [desk](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                          ChangeEffect::Done done) {
    std::move(done)(desk == nullptr
                        ? NotInCustody()
                        : desk->Activate(proposal.activate_custody().kek_id(), warrant));
  };
}

}  // namespace cardvault
