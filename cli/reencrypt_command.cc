#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/progress_bar.h"
#include "cli/table.h"

namespace cardvault::cli {
namespace {

using admin::v1::KeyService;
using admin::v1::ReencryptionProgress;

struct ReencryptOptions {
  std::string purpose;
  bool pause = false;
  bool resume = false;
  bool watch = false;
};

std::string Problem(const ReencryptionProgress& progress) {
  if (progress.problem().empty()) return "";
  return absl::StrCat(progress.reason(), ": ", progress.problem());
}

std::string ProgressText(const ReencryptionProgress& progress) {
  const bool counted = progress.has_total_count();
  return Details(
      {{"re-encryption", progress.state()},
       {"purpose", progress.purpose()},
       {"to version", progress.purpose().empty() ? "" : absl::StrCat(progress.target_version())},
       {"moved", progress.purpose().empty() ? ""
                 : counted ? absl::StrCat(progress.done_count(), " of ", progress.total_count())
                           : absl::StrCat(progress.done_count())},
       {"do not open", progress.failed_count() > 0 ? absl::StrCat(progress.failed_count()) : ""},
       {"rate", progress.rows_per_second() > 0
                    ? absl::StrCat(static_cast<int64_t>(progress.rows_per_second()), "/s")
                    : ""},
       {"time left", progress.has_seconds_left() ? SpanText(progress.seconds_left()) : ""},
       {"waits because", Problem(progress)}});
}

// Follows it to its end. Not bounded by --timeout: it may take hours, and can be left at any time.
int Watch(Session& session) {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  const auto stub = KeyService::NewStub(channel);
  const auto stream = stub->WatchReencryption(&context, {});
  ReencryptionProgress progress;
  {
    ProgressBar bar;
    while (stream->Read(&progress)) {
      if (session.json || progress.state() != "running") continue;
      BarState state;
      state.what = absl::StrCat(progress.purpose(), " version ", progress.target_version());
      state.done = progress.done_count();
      if (progress.has_total_count()) state.total = progress.total_count();
      state.per_second = progress.rows_per_second();
      if (progress.has_seconds_left()) state.seconds_left = progress.seconds_left();
      bar.Show(state);
    }
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return session.Refuse(status, context);
  const int shown = session.Show(progress, [&] { return ProgressText(progress); });
  const bool good = progress.state() != "failed" && progress.failed_count() == 0;
  return good ? shown : kRefused;
}

template <typename Request, typename Response>
int Command(Session& session, const Request& request,
            grpc::Status (KeyService::Stub::*call)(grpc::ClientContext*, const Request&,
                                                   Response*)) {
  return AdminCall<KeyService, Request, Response>(
      session, request, call,
      [](const Response& response) { return ProgressText(response.progress()); });
}

int Reencrypt(Session& session, const ReencryptOptions& options) {
  if (options.pause + options.resume + !options.purpose.empty() > 1) {
    return Session::Misused("one of --purpose, --pause and --resume at a time");
  }
  int exit_code = kOk;
  if (options.pause) {
    exit_code = Command<admin::v1::PauseReencryptionRequest, admin::v1::PauseReencryptionResponse>(
        session, {}, &KeyService::Stub::PauseReencryption);
  } else if (options.resume) {
    exit_code =
        Command<admin::v1::ResumeReencryptionRequest, admin::v1::ResumeReencryptionResponse>(
            session, {}, &KeyService::Stub::ResumeReencryption);
  } else if (!options.purpose.empty()) {
    admin::v1::StartReencryptionRequest request;
    request.set_purpose(options.purpose);
    exit_code = Command<admin::v1::StartReencryptionRequest, admin::v1::StartReencryptionResponse>(
        session, request, &KeyService::Stub::StartReencryption);
  } else if (!options.watch) {
    return Session::Misused("say --purpose, --pause, --resume or --watch");
  }
  return exit_code == kOk && options.watch ? Watch(session) : exit_code;
}

}  // namespace

void AddReencryptVerb(CLI::App& key, Session& session, int& exit_code) {
  auto options = std::make_shared<ReencryptOptions>();
  CLI::App* reencrypt = key.add_subcommand(
      "reencrypt",
      "move what rests under earlier versions of a key to the one that encrypts now, beside "
      "traffic\n"
      "Example: cardvault key reencrypt --purpose pan --watch");
  reencrypt->add_option("--purpose", options->purpose,
                        "begin: pan, profile, fingerprint, route-credential or row-index");
  reencrypt->add_flag("--pause", options->pause, "stop for now; a restart does not go on either");
  reencrypt->add_flag("--resume", options->resume, "go on");
  reencrypt->add_flag("--watch", options->watch,
                      "show how far it is until its end; leaving does not stop it");
  reencrypt->callback(
      [&session, &exit_code, options] { exit_code = Reencrypt(session, *options); });
}

}  // namespace cardvault::cli
