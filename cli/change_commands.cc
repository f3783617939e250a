#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cardvault/admin/v1/change_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/change_text.h"
#include "cli/commands.h"
#include "cli/protected_call.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {

using admin::v1::ChangeService;

namespace {

struct ChangeOptions {
  std::string id;
  std::string digest;
  bool open_only = false;
  std::vector<std::string> digests;
};

int List(Session& session, const ChangeOptions& options) {
  admin::v1::ListChangesRequest request;
  request.set_open_only(options.open_only);
  return AdminCall<ChangeService, admin::v1::ListChangesRequest, admin::v1::ListChangesResponse>(
      session, request, &ChangeService::Stub::ListChanges,
      [](const admin::v1::ListChangesResponse& response) {
        Table table(
            {"CHANGE", "STATE", "KIND", "OBJECT", "PROPOSED BY", "EXPIRES", "DECIDED BY", "ENDED"});
        for (const admin::v1::Change& change : response.changes()) {
          table.Add({change.id(), ChangeStateWord(change), change.kind(), change.object(),
                     change.proposer(), TimeText(change.expire_time()), change.decider(),
                     TimeText(change.end_time())});
        }
        return table.Text();
      });
}

int Show(Session& session, const ChangeOptions& options,
         admin::v1::GetChangeResponse* out = nullptr) {
  admin::v1::GetChangeRequest request;
  request.set_id(options.id);
  return AdminCall<ChangeService, admin::v1::GetChangeRequest, admin::v1::GetChangeResponse>(
      session, request, &ChangeService::Stub::GetChange, ChangeText, out);
}

// Shows the change and asks for a yes; the digest is that of what was shown. "" when it is not
// approved, with the exit code.
std::string AskedDigest(Session& session, const ChangeOptions& options, int& exit_code) {
  if (session.json || isatty(STDIN_FILENO) == 0) {
    exit_code = Session::Misused(
        "nobody can be asked here: give --digest, as `cardvault change show` printed it");
    return "";
  }
  admin::v1::GetChangeResponse change;
  exit_code = Show(session, options, &change);
  if (exit_code != kOk) return "";
  if (change.change().state() != admin::v1::CHANGE_STATE_PROPOSED) {
    exit_code = kRefused;
    std::cerr << "refused: the change is not open any more\n";
    return "";
  }
  std::cerr << "Approve this change? It takes effect at once. Type yes: ";
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "yes") return change.change().digest();
  std::cerr << "not approved; `cardvault change reject " << options.id << "` ends it\n";
  exit_code = kRefused;
  return "";
}

int Approve(Session& session, const ChangeOptions& options) {
  admin::v1::ApproveChangeRequest request;
  request.set_id(options.id);
  request.set_digest(options.digest);
  if (options.digest.empty()) {
    int exit_code = kOk;
    request.set_digest(AskedDigest(session, options, exit_code));
    if (request.digest().empty()) return exit_code;
  }
  admin::v1::ApproveChangeResponse response;
  const int shown =
      AdminCall<ChangeService, admin::v1::ApproveChangeRequest, admin::v1::ApproveChangeResponse>(
          session, request, &ChangeService::Stub::ApproveChange,
          [](const admin::v1::ApproveChangeResponse& answer) {
            return OutcomeText(answer.change());
          },
          &response);
  if (shown != kOk) return shown;
  const admin::v1::ChangeState state = response.change().state();
  return state == admin::v1::CHANGE_STATE_FAILED || state == admin::v1::CHANGE_STATE_INTERRUPTED
             ? kRefused
             : kOk;
}

int Reject(Session& session, const ChangeOptions& options) {
  admin::v1::RejectChangeRequest request;
  request.set_id(options.id);
  return AdminCall<ChangeService, admin::v1::RejectChangeRequest, admin::v1::RejectChangeResponse>(
      session, request, &ChangeService::Stub::RejectChange,
      [](const admin::v1::RejectChangeResponse& response) {
        return OutcomeText(response.change());
      });
}

std::string DigestOf(const google::protobuf::RepeatedPtrField<admin::v1::FileDigest>& files,
                     const std::string& name) {
  for (const admin::v1::FileDigest& file : files) {
    if (file.name() == name) return file.sha256();
  }
  return "";
}

int ShowConfiguration(Session& session, admin::v1::GetConfigurationResponse* out = nullptr) {
  return AdminCall<ChangeService, admin::v1::GetConfigurationRequest,
                   admin::v1::GetConfigurationResponse>(
      session, {}, &ChangeService::Stub::GetConfiguration,
      [](const admin::v1::GetConfigurationResponse& response) {
        std::string text;
        for (const admin::v1::FileDigest& file : response.found()) {
          const std::string approved = DigestOf(response.approved(), file.name());
          const bool same = approved == file.sha256();
          absl::StrAppend(&text, file.name(), same ? "\n" : ": NOT APPROVED\n",
                          "  found at the start  ", file.sha256(), same ? ", approved\n" : "\n");
          if (!same) absl::StrAppend(&text, "  approved            ", approved, "\n");
        }
        return text;
      },
      out);
}

int ProposeConfiguration(Session& session, const ChangeOptions& options) {
  admin::v1::GetConfigurationResponse present;
  const bool json = session.json;
  session.json = false;  // one answer alone, the proposal's, may be JSON
  const int shown = ShowConfiguration(session, &present);
  session.json = json;
  if (shown != kOk) return shown;
  admin::v1::ProposeRequest request;
  auto& digests = *request.mutable_proposal()->mutable_approve_configuration()->mutable_digests();
  digests = present.found();
  for (const std::string& given : options.digests) {
    const std::pair<std::string, std::string> named =
        absl::StrSplit(given, absl::MaxSplits('=', 1));
    bool found = false;
    for (admin::v1::FileDigest& file : digests) {
      if (file.name() != named.first) continue;
      file.set_sha256(named.second);
      found = true;
    }
    if (!found) {
      return Session::Misused(
          "--digest is not of the form FILE=SHA256 with a file that `cardvault config show` names");
    }
  }
  return ProposeChange(session, request);
}

}  // namespace

void AddChangeCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* change =
      app.add_subcommand("change", "what two operators decide: proposals, approvals");
  change->require_subcommand(1);
  auto options = std::make_shared<ChangeOptions>();

  CLI::App* list = change->add_subcommand(
      "list", "open and recent changes\nExample: cardvault change list --open");
  list->add_flag("--open", options->open_only, "open ones only")->disable_flag_override();
  list->callback([&session, &exit_code, options] { exit_code = List(session, *options); });

  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = change->add_subcommand(name, help);
    command->add_option("id", options->id, "as `change list` shows it")->required();
    return command;
  };
  CLI::App* show = add(
      "show", "what a change would do, and its digest\nExample: cardvault change show k3x7m2qa");
  show->callback([&session, &exit_code, options] { exit_code = Show(session, *options); });
  CLI::App* approve = add("approve",
                          "approve another operator's change, after looking at it: it takes effect "
                          "at once\nExample: cardvault change approve k3x7m2qa");
  approve->add_option("--digest", options->digest,
                      "of the change as `change show` printed it; without it the change is shown "
                      "and you are asked");
  approve->callback([&session, &exit_code, options] { exit_code = Approve(session, *options); });
  CLI::App* reject = add("reject",
                         "end a change without effect, your own or another's\n"
                         "Example: cardvault change reject k3x7m2qa");
  reject->callback([&session, &exit_code, options] { exit_code = Reject(session, *options); });
}

void AddConfigCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* config = app.add_subcommand("config", "the server's approved configuration");
  config->require_subcommand(1);
  auto options = std::make_shared<ChangeOptions>();
  CLI::App* show = config->add_subcommand(
      "show", "digests found at the start, and approved\nExample: cardvault config show");
  show->callback([&session, &exit_code] { exit_code = ShowConfiguration(session); });
  CLI::App* propose = config->add_subcommand(
      "propose",
      "propose to approve the files as they were found at the start, or as they will be: compare "
      "the digests with those of the files that you wrote\n"
      "Example: cardvault config propose --digest cardvault.yaml=$(sha256sum cardvault.yaml | cut "
      "-c -64)");
  propose->add_option("--digest", options->digests,
                      "FILE=SHA256 of a file that is put there later");
  propose->callback(
      [&session, &exit_code, options] { exit_code = ProposeConfiguration(session, *options); });
}

}  // namespace cardvault::cli
