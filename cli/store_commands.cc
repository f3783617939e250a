#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/protected_call.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using admin::v1::StoreService;

struct AdmitOptions {
  bool deletions_unknown = false;
  std::string look_up_until;
  std::string checkpoint;  // file
};

// How far the log went, as what stands outside says, and who says so.
std::string DeclaredText(const admin::v1::GetStoreResponse& store) {
  if (!store.has_declared()) return "";
  const admin::v1::DeclaredCheckpoint& declared = store.declared();
  const std::string& signature = declared.signature();
  return absl::StrCat(declared.size(), " entries of log ", declared.log(), ", ",
                      signature == "VERIFIED"      ? "signed by this vault"
                      : signature == "OWN"         ? "by the store itself"
                      : signature == "UNREAD"      ? "signature not read: the vault is sealed"
                      : signature == "UNKNOWN_KEY" ? "signed by a key that this store does not know"
                                                   : "NOT SIGNED by this vault");
}

std::string ShowText(const admin::v1::GetStoreResponse& store) {
  std::string text = Details(
      {{"vault", store.vault_id()},
       {"store", store.admitted() ? "admitted" : "NOT ADMITTED"},
       {"log", absl::StrCat(store.log())},
       {"audit entries", absl::StrCat(store.audit_entry_count())},
       {"last entry", TimeText(store.last_entry_time())},
       {"went outside to", DeclaredText(store)},
       {"admitted after a restore", TimeText(store.admit_time())},
       {"restored entries",
        store.has_admit_time() ? absl::StrCat(store.restored_entry_count()) : std::string()},
       {"looks payments up until", TimeText(store.look_up_until())},
       {"deletions missing from", TimeText(store.deletions_missing_from())}});
  for (const admin::v1::AdmissionReason& reason : store.reasons()) {
    absl::StrAppend(&text, "reason: ", reason.kind(), ": ", reason.text(), "\n");
  }
  for (const admin::v1::UnaskableRoute& route : store.unaskable_routes()) {
    absl::StrAppend(&text, "route ", route.route(), " cannot be looked up: ", route.text(), "\n");
  }
  if (store.unaskable_routes_size() > 0) {
    absl::StrAppend(&text,
                    "New payments of their merchants are refused (LOOK_UP_FAILED). Set what they "
                    "lack, or end it:\n  cardvault store look-up --until now\n");
  }
  if (!store.admitted()) {
    absl::StrAppend(&text,
                    "Nothing is written to it, and no card or payment is served, until it is "
                    "admitted:\n  cardvault store admit --deletions-unknown\n"
                    "If a newer copy of the directory exists, put that in its place instead. If "
                    "no reason is named,\nthere is none any more: start the server again.\n");
  }
  return text;
}

int Show(Session& session) {
  return AdminCall<StoreService, admin::v1::GetStoreRequest, admin::v1::GetStoreResponse>(
      session, {}, &StoreService::Stub::GetStore, ShowText);
}

bool ReadTime(const std::string& text, google::protobuf::Timestamp& timestamp) {
  absl::Time time;
  std::string problem;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &problem)) return false;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  return true;
}

// The store as it is: what another operator approves is that one and no other.
int ReadStore(Session& session, admin::v1::AdmitStoreRequest& request) {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  admin::v1::GetStoreResponse store;
  const grpc::Status status = StoreService::NewStub(channel)->GetStore(&context, {}, &store);
  if (!status.ok()) return session.Refuse(status, context);
  request.set_audit_entry_count(store.audit_entry_count());
  request.set_declared_log(store.declared().log());
  request.set_declared_size(store.declared().size());
  return kOk;
}

int Admit(Session& session, const AdmitOptions& options) {
  admin::v1::AdmitStoreRequest request;
  request.set_deletions_unknown(options.deletions_unknown);
  if (!options.look_up_until.empty() &&
      !ReadTime(options.look_up_until, *request.mutable_look_up_until())) {
    return Session::Misused("--look-up-until is no time, for example 2026-12-31T00:00:00Z");
  }
  if (!options.checkpoint.empty()) {
    const std::string problem = ReadTextFile(options.checkpoint, *request.mutable_checkpoint());
    if (!problem.empty()) return Session::Misused(absl::StrCat("--checkpoint: ", problem));
  }
  if (const int failed = ReadStore(session, request); failed != kOk) return failed;
  return ProtectedCall<StoreService, admin::v1::AdmitStoreRequest, admin::v1::AdmitStoreResponse>(
      session, request, &StoreService::Stub::AdmitStore, &admin::v1::Proposal::mutable_admit_store,
      [](const admin::v1::AdmitStoreResponse& answer) {
        return absl::StrCat(
            "the store is admitted; its log goes on as log ", answer.log(), "\n",
            Details({{"looks payments up until", TimeText(answer.look_up_until())},
                     {"deletions missing from", TimeText(answer.deletions_missing_from())}}),
            "Every key has a new version: `cardvault key reencrypt` moves what rests under those "
            "before.\n"
            "Every route is disabled: compare it with what is current, then `cardvault route "
            "enable`.\n");
      });
}

int ChangeLookUp(Session& session, const std::string& until) {
  admin::v1::ChangeLookUpRequest request;
  if (until == "now") {
    request.set_ends_now(true);
  } else if (!ReadTime(until, *request.mutable_look_up_until())) {
    return Session::Misused("--until is no time, for example 2026-12-31T00:00:00Z, nor `now`");
  }
  return ProtectedCall<StoreService, admin::v1::ChangeLookUpRequest,
                       admin::v1::ChangeLookUpResponse>(
      session, request, &StoreService::Stub::ChangeLookUp,
      &admin::v1::Proposal::mutable_change_look_up,
      [](const admin::v1::ChangeLookUpResponse& answer) {
        return Details({{"looks payments up until", TimeText(answer.look_up_until())}});
      });
}

}  // namespace

void AddStoreCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* store = app.add_subcommand("store", "whether the store is admitted, and admitting it");
  store->require_subcommand(1);
  CLI::App* show = store->add_subcommand(
      "show", "what the store is, and why it is not admitted\nExample: cardvault store show");
  show->callback([&session, &exit_code] { exit_code = Show(session); });

  auto options = std::make_shared<AdmitOptions>();
  CLI::App* admit = store->add_subcommand(
      "admit",
      "let a store be served that was restored or copied, or lost a part of its log; in "
      "production another operator approves it\n"
      "Example: cardvault store admit --deletions-unknown");
  admit
      ->add_flag("--deletions-unknown", options->deletions_unknown,
                 "cards that were deleted after the last restored entry are there again, and "
                 "their merchants delete them again")
      ->required();
  admit->add_option("--look-up-until", options->look_up_until,
                    "until when payments that the ledger does not know are looked up upstream "
                    "before they are sent, for example 2026-12-31T00:00:00Z (default: 30 days)");
  admit->add_option("--checkpoint", options->checkpoint,
                    "file with the last checkpoint, where the server cannot read those outside, as "
                    "with syslog: the signed note, its \\n being line ends");
  admit->callback([&session, &exit_code, options] { exit_code = Admit(session, *options); });

  auto until = std::make_shared<std::string>();
  CLI::App* look_up = store->add_subcommand(
      "look-up",
      "until when payments are looked up upstream before they are sent, in a store that was "
      "admitted; in production another operator approves it\n"
      "Example: cardvault store look-up --until 2026-12-31T00:00:00Z");
  look_up->add_option("--until", *until, "a time within 366 days, or `now`: it ends")->required();
  look_up->callback([&session, &exit_code, until] { exit_code = ChangeLookUp(session, *until); });
}

}  // namespace cardvault::cli
