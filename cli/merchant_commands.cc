#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/progress_bar.h"
#include "cli/protected_call.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using admin::v1::MerchantPurgeProgress;
using admin::v1::SystemService;

struct PurgeOptions {
  std::string merchant;
  bool yes = false;
  bool watch = false;
};

std::string Problem(const MerchantPurgeProgress& progress) {
  if (progress.problem().empty()) return "";
  return absl::StrCat(progress.reason(), ": ", progress.problem());
}

std::string ProgressText(const MerchantPurgeProgress& progress) {
  return Details(
      {{"purge", progress.state()},
       {"merchant", progress.merchant()},
       {"deleted", progress.merchant().empty()  ? ""
                   : progress.has_total_count() ? absl::StrCat(progress.deleted_count(), " of ",
                                                               progress.total_count(), " cards")
                                                : absl::StrCat(progress.deleted_count(), " cards")},
       {"damaged, and still there",
        progress.damaged_count() > 0 ? absl::StrCat(progress.damaged_count()) : ""},
       {"began", TimeText(progress.start_time())},
       {"ended", TimeText(progress.end_time())},
       {"waits because", Problem(progress)}});
}

// Follows it to its end. Not bounded by --timeout, and can be left at any time.
int Watch(Session& session) {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  const auto stub = SystemService::NewStub(channel);
  const auto stream = stub->WatchMerchantPurge(&context, {});
  MerchantPurgeProgress progress;
  const absl::Time begin = absl::Now();
  int64_t before = -1;  // deleted when we began to look
  {
    ProgressBar bar;
    while (stream->Read(&progress)) {
      if (session.json || progress.state() != "running") continue;
      if (before < 0) before = progress.deleted_count();
      BarState state;
      state.what = absl::StrCat("purge of ", progress.merchant());
      state.done = progress.deleted_count();
      const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
      if (seconds > 0) state.per_second = static_cast<double>(state.done - before) / seconds;
      if (progress.has_total_count()) {
        state.total = progress.total_count();
        if (state.per_second > 0) {
          state.seconds_left = static_cast<int64_t>(static_cast<double>(*state.total - state.done) /
                                                    state.per_second);
        }
      }
      bar.Show(state);
    }
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return session.Refuse(status, context);
  const int shown = session.Show(progress, [&] { return ProgressText(progress); });
  return progress.damaged_count() == 0 ? shown : kRefused;
}

// What would be deleted; nothing is.
int Count(Session& session, const std::string& merchant) {
  admin::v1::PurgeMerchantRequest request;
  request.set_merchant(merchant);
  request.set_check_only(true);
  return AdminCall<SystemService, admin::v1::PurgeMerchantRequest,
                   admin::v1::PurgeMerchantResponse>(
      session, request, &SystemService::Stub::PurgeMerchant,
      [&](const admin::v1::PurgeMerchantResponse& answer) {
        return absl::StrCat("merchant ", merchant, " has ", answer.card_count(),
                            " cards. Nothing was deleted; to delete all of them for good:\n"
                            "  cardvault merchant purge ",
                            merchant, " --yes\n");
      });
}

int Purge(Session& session, const PurgeOptions& options) {
  if (options.merchant.empty()) {
    if (options.watch && !options.yes) return Watch(session);
    return Session::Misused("say whose cards: cardvault merchant purge MERCHANT");
  }
  if (!options.yes) {
    if (options.watch) return Session::Misused("--watch alone shows the purge that is under way");
    return Count(session, options.merchant);
  }
  admin::v1::PurgeMerchantRequest request;
  request.set_merchant(options.merchant);
  admin::v1::PurgeMerchantResponse answer;
  const int begun = ProtectedCall<SystemService, admin::v1::PurgeMerchantRequest,
                                  admin::v1::PurgeMerchantResponse>(
      session, request, &SystemService::Stub::PurgeMerchant,
      &admin::v1::Proposal::mutable_purge_merchant,
      [](const admin::v1::PurgeMerchantResponse& response) {
        return ProgressText(response.progress());
      },
      &answer);
  // What is only proposed has nothing to be watched yet.
  if (begun != kOk || !options.watch || !answer.has_progress()) return begun;
  return Watch(session);
}

}  // namespace

void AddMerchantCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* merchant = app.add_subcommand("merchant", "what a merchant leaves in the vault");
  merchant->require_subcommand(1);
  auto options = std::make_shared<PurgeOptions>();
  CLI::App* purge = merchant->add_subcommand(
      "purge",
      "delete all cards of a merchant for good; in production another operator approves it\n"
      "Example: cardvault merchant purge shop-1 --yes --watch");
  purge->add_option("MERCHANT", options->merchant, "as its certificates name it");
  purge->add_flag("--yes", options->yes, "delete them; without it they are counted")
      ->disable_flag_override();
  purge
      ->add_flag("--watch", options->watch,
                 "show how far it is until its end; leaving does not stop it")
      ->disable_flag_override();
  purge->callback([&session, &exit_code, options] { exit_code = Purge(session, *options); });
}

}  // namespace cardvault::cli
