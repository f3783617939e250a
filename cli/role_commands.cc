#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/protected_call.h"
#include "cli/table.h"

namespace cardvault::cli {

using admin::v1::SystemService;

void AddRoleCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* role = app.add_subcommand("role", "who may do what");
  role->require_subcommand(1);
  auto file = std::make_shared<std::string>();

  CLI::App* apply = role->add_subcommand(
      "apply", "replace the role map\nExample: cardvault role apply roles.yaml");
  apply->add_option("file", *file, "YAML; docs/formats/roles.md")->required();
  apply->callback([&session, &exit_code, file] {
    exit_code =
        ApplyDocument<SystemService, admin::v1::ApplyRolesRequest, admin::v1::ApplyRolesResponse>(
            session, *file, /*check_only=*/false, &SystemService::Stub::ApplyRoles,
            &admin::v1::Proposal::mutable_apply_roles,
            [](const admin::v1::ApplyRolesResponse& response) {
              return absl::StrCat(response.applied() ? "role map applied, revision "
                                                     : "the role map was so already, revision ",
                                  response.revision(), "\n");
            });
  });

  CLI::App* list = role->add_subcommand("list", "the role map\nExample: cardvault role list");
  list->callback([&session, &exit_code] {
    exit_code = AdminCall<SystemService, admin::v1::ListRolesRequest, admin::v1::ListRolesResponse>(
        session, {}, &SystemService::Stub::ListRoles,
        [](const admin::v1::ListRolesResponse& response) {
          Table table({"IDENTITY", "ROLES"});
          for (const admin::v1::RoleGrant& grant : response.grants()) {
            table.Add({grant.identity(), absl::StrJoin(grant.roles(), ", ")});
          }
          return table.Text();
        });
  });
}

}  // namespace cardvault::cli
