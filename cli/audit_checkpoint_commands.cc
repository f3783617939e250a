#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using admin::v1::AuditService;
using admin::v1::GetCheckpointResponse;
using admin::v1::ListCheckpointKeysResponse;

// Behind those that are there, in the form of an outside sink.
int Append(const std::string& path, const GetCheckpointResponse& checkpoint) {
  std::string problem;
  const auto file = OutputFile::Open(path, OutputFile::Mode::kAppend, 0, problem);
  if (file == nullptr) return Session::Misused(problem);
  absl::Status written = file->Write(absl::StrCat(checkpoint.checkpoint(), "\n"));
  if (written.ok()) written = file->Finish();
  if (written.ok()) return kOk;
  std::cerr << "cardvault: " << path << ": " << written.message() << "\n";
  return kNotWritten;
}

int GetCheckpoint(Session& session, const std::string& out) {
  const std::string role = session.FirstOf({"auditor", "operator"});
  const auto channel = session.Connect(role, /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  GetCheckpointResponse checkpoint;
  const grpc::Status status =
      AuditService::NewStub(channel)->GetCheckpoint(&context, {}, &checkpoint);
  if (!status.ok()) return session.Refuse(status, context);
  if (!checkpoint.fresh()) {
    std::cerr << "the vault is sealed: this is an earlier checkpoint, of " << checkpoint.size()
              << " entries\n";
  }
  if (!out.empty() && out != "-") {
    const int appended = Append(out, checkpoint);
    if (appended != kOk) return appended;
    return session.Show(checkpoint, [&] {
      return absl::StrCat("the checkpoint of ", checkpoint.size(), " entries is in ", out, "\n");
    });
  }
  return session.Show(checkpoint, [&] { return checkpoint.checkpoint(); });
}

std::string KeyText(const ListCheckpointKeysResponse& response) {
  Table table({"VERSION", "STATE", "CREATED", "VERIFIER KEY"});
  for (const admin::v1::CheckpointKey& key : response.keys()) {
    table.Add({absl::StrCat(key.version()), key.state(), TimeText(key.create_time()),
               key.verifier_key()});
  }
  return table.Text();
}

}  // namespace

void AddAuditCheckpointVerbs(CLI::App& audit, Session& session, int& exit_code) {
  auto out = std::make_shared<std::string>();
  CLI::App* checkpoint = audit.add_subcommand(
      "checkpoint",
      "print a freshly signed checkpoint of the audit log: keep it where nobody of the vault can "
      "write\n"
      "Example: cardvault audit checkpoint --out checkpoints.txt");
  checkpoint->add_option("--out", *out, "a file, behind the checkpoints that are in it");
  checkpoint->callback([&session, &exit_code, out] { exit_code = GetCheckpoint(session, *out); });

  CLI::App* keys = audit.add_subcommand(
      "keys",
      "the verifier keys of the audit log, for `audit verify --key`: note them yourself, at each "
      "rotation\n"
      "Example: cardvault audit keys");
  keys->callback([&session, &exit_code] {
    exit_code =
        AdminCall<AuditService, admin::v1::ListCheckpointKeysRequest, ListCheckpointKeysResponse>(
            session, {}, &AuditService::Stub::ListCheckpointKeys, KeyText, nullptr,
            session.FirstOf({"auditor", "operator"}));
  });
}

}  // namespace cardvault::cli
