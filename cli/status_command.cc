#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/table.h"

namespace cardvault::cli {

using admin::v1::SystemService;

void AddStatusCommand(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* command = app.add_subcommand("status", "how the vault is");
  command->callback([&session, &exit_code] {
    exit_code = AdminCall<SystemService, admin::v1::GetStatusRequest, admin::v1::GetStatusResponse>(
        session, {}, &SystemService::Stub::GetStatus,
        [](const admin::v1::GetStatusResponse& status) {
          std::string text = Details({{"version", status.version()},
                                      {"vault", status.vault_id()},
                                      {"mode", EnumWord(status.mode(), "VAULT_MODE_")},
                                      {"state", status.serving_state()},
                                      {"started", TimeText(status.start_time())},
                                      {"audit entries", absl::StrCat(status.audit_entry_count())},
                                      {"keyring revision", absl::StrCat(status.keyring_revision())},
                                      {"open payments", absl::StrCat(status.open_payment_count())},
                                      {"in doubt", absl::StrCat(status.in_doubt_payment_count())},
                                      {"memory lock", status.memory_lock()}});
          for (const std::string& warning : status.warnings()) {
            absl::StrAppend(&text, "warning: ", warning, "\n");
          }
          return text;
        });
  });
}

}  // namespace cardvault::cli
