#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "cli/audit_wire.h"
#include "cli/commands.h"
#include "cli/entry_format.h"
#include "cli/output_file.h"

namespace cardvault::cli {
namespace {

using admin::v1::AuditService;

struct TailOptions {
  EntryFormat format = EntryFormat::kJsonLines;
  std::optional<uint64_t> from;
  uint64_t last = 10;
  bool follow = false;
  std::string principal;
  std::string object;
  std::string action;
};

constexpr NumberRange kSequences = {0, std::numeric_limits<int64_t>::max(), "an entry"};
constexpr NumberRange kLast = {0, 10000, "entries"};

// Not bounded by --timeout: followed, it ends with the server.
int Tail(Session& session, const TailOptions& options) {
  const auto channel = session.Connect("auditor", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  std::string problem;
  const auto out = OutputFile::Open("-", OutputFile::Mode::kNew, 0, problem);
  admin::v1::WatchEntriesRequest request;
  if (options.from.has_value()) request.set_first(*options.from);
  request.set_last_count(options.last);
  request.set_follow(options.follow);
  request.set_principal(options.principal);
  request.set_object(options.object);
  request.set_action(options.action);
  grpc::ClientContext context;
  const auto stub = AuditService::NewStub(channel);
  const auto stream = stub->WatchEntries(&context, request);
  admin::v1::WatchEntriesResponse response;
  bool good = out->Write(FirstLine(options.format)).ok();
  while (good && stream->Read(&response)) {
    for (const admin::v1::AuditEntry& shown : response.entries()) {
      AuditEntry entry;
      if (!ReadEntry(shown, entry)) {
        context.TryCancel();
        std::cerr << "cardvault: the server has entries that this program does not know: it is too "
                     "old for it\n";
        return kRefused;
      }
      good = good && out->Write(EntryLine(options.format, entry)).ok();
    }
    good = good && out->Flush().ok();  // who reads along sees whole lines at once
  }
  if (!good) {
    context.TryCancel();
    std::cerr << "cardvault: standard output cannot be written\n";
    return kNotWritten;
  }
  const grpc::Status status = stream->Finish();
  return status.ok() ? kOk : session.Refuse(status, context);
}

}  // namespace

void AddAuditTailVerb(CLI::App& audit, Session& session, int& exit_code) {
  auto options = std::make_shared<TailOptions>();
  CLI::App* verb = audit.add_subcommand(
      "tail",
      "print the last entries of the audit log, a line each, without proofs: for a monitor\n"
      "Followed, it ends with 1 when the server does; begin again with --from behind the last "
      "entry.\n"
      "Example: cardvault audit tail --follow --format cef | logger -t cardvault");
  verb->add_flag("--follow", options->follow, "go on with what is written from now on");
  AddNumber(verb, "--last", options->last, kLast, "so many of the last ones; by default 10");
  AddNumber(verb, "--from", options->from, kSequences, "this entry and what is behind it");
  verb->add_option("--principal", options->principal, "who did it: exactly this identity");
  verb->add_option("--object", options->object, "what it was done to: exactly this");
  verb->add_option("--action", options->action, "what was done, for example payment.intended");
  AddFormatOption(*verb, options->format);
  verb->callback([&session, &exit_code, options] { exit_code = Tail(session, *options); });
}

}  // namespace cardvault::cli
