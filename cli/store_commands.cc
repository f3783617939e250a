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
};

std::string ShowText(const admin::v1::GetStoreResponse& store) {
  std::string text = Details(
      {{"vault", store.vault_id()},
       {"store", store.admitted() ? "admitted" : "NOT ADMITTED"},
       {"log", absl::StrCat(store.log())},
       {"audit entries", absl::StrCat(store.audit_entry_count())},
       {"last entry", TimeText(store.last_entry_time())},
       {"admitted after a restore", TimeText(store.admit_time())},
       {"restored entries",
        store.has_admit_time() ? absl::StrCat(store.restored_entry_count()) : std::string()},
       {"looks payments up until", TimeText(store.look_up_until())},
       {"deletions missing from", TimeText(store.deletions_missing_from())}});
  for (const admin::v1::AdmissionReason& reason : store.reasons()) {
    absl::StrAppend(&text, "reason: ", reason.kind(), ": ", reason.text(), "\n");
  }
  if (!store.admitted()) {
    absl::StrAppend(&text,
                    "Nothing is written to it, and no card or payment is served, until it is "
                    "admitted:\n  cardvault store admit --deletions-unknown\n"
                    "If a newer copy of the directory exists, put that in its place instead.\n");
  }
  return text;
}

int Show(Session& session) {
  return AdminCall<StoreService, admin::v1::GetStoreRequest, admin::v1::GetStoreResponse>(
      session, {}, &StoreService::Stub::GetStore, ShowText);
}

// The store as it is: what another operator approves is that one and no other.
int ReadEntryCount(Session& session, int64_t& count) {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  admin::v1::GetStoreResponse store;
  const grpc::Status status = StoreService::NewStub(channel)->GetStore(&context, {}, &store);
  if (!status.ok()) return session.Refuse(status, context);
  count = store.audit_entry_count();
  return kOk;
}

int Admit(Session& session, const AdmitOptions& options) {
  admin::v1::AdmitStoreRequest request;
  request.set_deletions_unknown(options.deletions_unknown);
  if (!options.look_up_until.empty()) {
    absl::Time until;
    std::string problem;
    if (!absl::ParseTime(absl::RFC3339_full, options.look_up_until, &until, &problem)) {
      return Session::Misused("--look-up-until is no time, for example 2026-12-31T00:00:00Z");
    }
    request.mutable_look_up_until()->set_seconds(absl::ToUnixSeconds(until));
  }
  int64_t count = 0;
  if (const int failed = ReadEntryCount(session, count); failed != kOk) return failed;
  request.set_audit_entry_count(count);
  return ProtectedCall<StoreService, admin::v1::AdmitStoreRequest, admin::v1::AdmitStoreResponse>(
      session, request, &StoreService::Stub::AdmitStore, &admin::v1::Proposal::mutable_admit_store,
      [](const admin::v1::AdmitStoreResponse& answer) {
        return absl::StrCat(
            "the store is admitted; its log goes on as log ", answer.log(), "\n",
            Details({{"looks payments up until", TimeText(answer.look_up_until())},
                     {"deletions missing from", TimeText(answer.deletions_missing_from())}}),
            "Every key has a new version: `cardvault key reencrypt` moves what rests under those "
            "before.\n");
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
  admit->callback([&session, &exit_code, options] { exit_code = Admit(session, *options); });
}

}  // namespace cardvault::cli
