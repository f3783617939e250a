#include "cli/change_text.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/line_diff.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using admin::v1::Proposal;

std::string Credential(const std::string& route, const std::string& name) {
  return absl::StrCat("Credential ", name, " of route ", route);
}

std::string WithDocument(const std::string& sentence, const std::string& document) {
  return absl::StrCat(sentence, "\n\n", document, absl::EndsWith(document, "\n") ? "" : "\n");
}

// What the server tells the present form of (GetChangeResponse.document_in_force).
std::optional<std::string> DocumentOf(const Proposal& proposal) {
  switch (proposal.what_case()) {
    case Proposal::kApplyRoute:
      return proposal.apply_route().document();
    case Proposal::kApplyRoles:
      return proposal.apply_roles().document();
    case Proposal::kApproveConfiguration: {
      std::string lines;
      for (const admin::v1::FileDigest& file : proposal.approve_configuration().digests()) {
        absl::StrAppend(&lines, file.name(), " ", file.sha256(), "\n");
      }
      return lines;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string ChangeStateWord(const admin::v1::Change& change) {
  return EnumWord(change.state(), "CHANGE_STATE_");
}

std::string ProposalText(const admin::v1::Change& change, const Proposal& proposal) {
  switch (proposal.what_case()) {
    case Proposal::kApplyRoute:
      return WithDocument(
          absl::StrCat("Route ", change.object(), " becomes what this document says:"),
          proposal.apply_route().document());
    case Proposal::kEnableRoute:
      return absl::StrCat("Route ", proposal.enable_route().route(),
                          " is opened to its merchants again.\n");
    case Proposal::kSetRouteCredential: {
      const auto& request = proposal.set_route_credential();
      return absl::StrCat(Credential(request.route(), request.name()),
                          " becomes a secret that the proposer typed in and nobody is shown;\n"
                          "what it was before is gone.\n");
    }
    case Proposal::kRotateRouteCredential: {
      const auto& request = proposal.rotate_route_credential();
      return absl::StrCat(Credential(request.route(), request.name()),
                          " becomes a secret that the proposer typed in and nobody is shown;\n"
                          "what it was before is still accepted, until it is retired.\n");
    }
    case Proposal::kRetireRouteCredential: {
      const auto& request = proposal.retire_route_credential();
      return absl::StrCat(Credential(request.route(), request.name()),
                          ": its earlier version is deleted and accepted no longer.\n");
    }
    case Proposal::kApplyRoles:
      return WithDocument("The whole role map becomes what this document says:",
                          proposal.apply_roles().document());
    case Proposal::kResolvePayment: {
      const auto& request = proposal.resolve_payment();
      return absl::StrCat("Payment ", request.payment_id(), " of merchant ", request.merchant(),
                          " ends as ", request.state(), ", by a person's word.\n");
    }
    case Proposal::kApproveConfiguration: {
      std::string text = "The server takes these files from its next start on, and no others:\n\n";
      Table table({"FILE", "SHA-256"});
      for (const admin::v1::FileDigest& file : proposal.approve_configuration().digests()) {
        table.Add({file.name(), file.sha256()});
      }
      return absl::StrCat(text, table.Text());
    }
    case Proposal::kRotateKek:
      if (proposal.rotate_kek().to_next()) {
        return absl::StrCat("A new KEK is made where the configuration's `kek_next` says (",
                            change.object(),
                            ")\nand wraps every key; the KEK before opens older backups alone.\n");
      }
      return "A new KEK is made and wraps every key; the KEK before opens older backups alone.\n";
    case Proposal::kDestroyKey: {
      const auto& request = proposal.destroy_key();
      return absl::StrCat("Version ", request.version(), " of the key for ", request.purpose(),
                          " is destroyed for good, if a scan of the whole store finds nothing\n"
                          "under it.\n");
    }
    case Proposal::kDestroyKek:
      return absl::StrCat("The KEK with check value ", proposal.destroy_kek().check_value(),
                          ", which wraps no more, is deleted for good: backups that it wraps are\n"
                          "lost.\n");
    case Proposal::kActivateCustody:
      return absl::StrCat(
          "The KEK ", proposal.activate_custody().kek_id(),
          " of other custodians wraps every key; the shares of the one before open\n"
          "nothing of the vault any more.\n");
    case Proposal::kCreateBackup:
      return "A backup of the whole vault is made, its keys wrapped by the KEK.\n";
    case Proposal::kDeleteBackup:
      return absl::StrCat("The backup ", proposal.delete_backup().id(),
                          " is deleted for good: the vault cannot be restored to its time any "
                          "more.\n");
    case Proposal::kAdmitStore: {
      const auto& request = proposal.admit_store();
      return absl::StrCat(
          "The store, with ", request.audit_entry_count(),
          " entries in its log, is admitted after a restore: what came behind\n"
          "them, up to entry ",
          request.declared_size(), " of log ", request.declared_log(),
          request.checkpoint().empty() ? "" : " or the checkpoint that was given",
          ", is declared lost, every key gets a new version, and payments that are not\n"
          "in the ledger are looked up upstream before they are sent, ",
          request.has_look_up_until() ? absl::StrCat("until ", TimeText(request.look_up_until()))
                                      : "for 30 days",
          ".\nEvery route is disabled. Cards that were deleted since may be there again. See\n"
          "`cardvault store show`.\n");
    }
    case Proposal::kChangeLookUp: {
      const auto& request = proposal.change_look_up();
      return absl::StrCat("Payments that the restored ledger has not are looked up upstream ",
                          request.ends_now()
                              ? "no more"
                              : absl::StrCat("until ", TimeText(request.look_up_until())),
                          ":\nwhat it forgot and a merchant repeats after that is sent again.\n");
    }
    case Proposal::kPurgeMerchant:
      return absl::StrCat("All cards of merchant ", proposal.purge_merchant().merchant(),
                          " are deleted for good, and their payments cannot be\n"
                          "refunded any more. Until that is done no card of his is taken in.\n");
    case Proposal::WHAT_NOT_SET:
      break;
  }
  return absl::StrCat("A change of the kind ", change.kind(),
                      ", which this version of the command does not know.\n");
}

std::string DifferenceText(const admin::v1::GetChangeResponse& response) {
  const std::optional<std::string> proposed = DocumentOf(response.proposal());
  if (!proposed.has_value() || response.change().state() != admin::v1::CHANGE_STATE_PROPOSED) {
    return "";
  }
  if (!response.has_document_in_force()) return "\nNothing of this name is in force yet.\n";
  const std::string difference = LineDiff(response.document_in_force(), *proposed);
  if (difference.empty()) return "\nThat is what is in force already.\n";
  return absl::StrCat("\nWhat changes of what is in force now:\n\n", difference);
}

std::string ChangeText(const admin::v1::GetChangeResponse& response) {
  const admin::v1::Change& change = response.change();
  return absl::StrCat(
      ProposalText(change, response.proposal()), DifferenceText(response), "\n",
      Details({{"change", change.id()},
               {"kind", change.kind()},
               {"object", change.object()},
               {"state", ChangeStateWord(change)},
               {"proposed by", change.proposer()},
               {"proposed", TimeText(change.propose_time())},
               {"expires", TimeText(change.expire_time())},
               {"decided by", change.decider()},
               {"ended", TimeText(change.end_time())},
               {"problem", change.problem().empty()
                               ? ""
                               : absl::StrCat(change.problem(), " (", change.reason(), ")")},
               {"digest", change.digest()}}));
}

std::string OutcomeText(const admin::v1::Change& change) {
  const std::string what =
      absl::StrCat("change ", change.id(), " (", change.kind(), " ", change.object(), ") ");
  const std::string by =
      absl::StrCat(", decided by ", change.decider(), " at ", TimeText(change.end_time()), "\n");
  switch (change.state()) {
    case admin::v1::CHANGE_STATE_APPLIED:
      return absl::StrCat(what, "is applied", by);
    case admin::v1::CHANGE_STATE_REJECTED:
      return absl::StrCat(what, "is rejected", by);
    case admin::v1::CHANGE_STATE_FAILED:
      return absl::StrCat(what, "was approved and had no effect", by, change.problem(), " (",
                          change.reason(), ")\n");
    case admin::v1::CHANGE_STATE_APPLYING:
      return absl::StrCat(what,
                          "is approved and under way: look again with `cardvault change show ",
                          change.id(), "`\n");
    case admin::v1::CHANGE_STATE_INTERRUPTED:
      return absl::StrCat(what,
                          "was approved, and the server ended before it was done: whether it had "
                          "its effect is not known, look\n");
    default:
      return absl::StrCat(what, "is ", ChangeStateWord(change), "\n");
  }
}

std::string ProposedText(const admin::v1::Change& change) {
  return absl::StrCat(
      "proposed as change ", change.id(), ": ", change.kind(), " ", change.object(), "\n",
      Details({{"digest", change.digest()}, {"expires", TimeText(change.expire_time())}}),
      "It has no effect yet. Another operator looks at it and approves it:\n  cardvault change "
      "approve ",
      change.id(), "\n");
}

}  // namespace cardvault::cli
