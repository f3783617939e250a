#include "server/key_change_effects.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

using admin::v1::Proposal;

namespace {

absl::Status NotInCustody() {
  return FailedPrecondition(ErrorReason::kMode, "this vault's KEK is not in custody");
}

// As custodians and operators are shown it: 16 bytes in lower-case hexadecimal.
constexpr size_t kKekIdDigits = 32;

absl::Status CheckKekId(const std::string& text) {
  bool good = text.size() == kKekIdDigits;
  for (const char c : text) good = good && (absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'));
  if (good) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, "kek_id",
                         "a KEK's id is 32 hexadecimal digits");
}

}  // namespace

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
  destroy_kek.one_commit = false;  // it is approved and told of before any byte goes
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
