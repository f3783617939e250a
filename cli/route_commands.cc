#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/numbers.h"
#include "cli/secret_input.h"
#include "cli/table.h"

namespace cardvault::cli {
namespace {

using admin::v1::SystemService;

struct RouteOptions {
  std::string file;
  std::string route;
  std::string credential;
  int secret_fd = -1;
};

std::string Credentials(const admin::v1::RouteSummary& route) {
  std::string text;
  for (const admin::v1::CredentialStatus& credential : route.credentials()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", credential.name(),
                    credential.is_set() ? "" : " (not set)");
  }
  return text;
}

int Apply(Session& session, const RouteOptions& options, bool check_only) {
  return ApplyDocument<SystemService, admin::v1::ApplyRouteRequest, admin::v1::ApplyRouteResponse>(
      session, options.file, check_only, &SystemService::Stub::ApplyRoute,
      [&](const admin::v1::ApplyRouteResponse& response) {
        return absl::StrCat("route ", response.route().name(),
                            check_only           ? " is good\n"
                            : response.applied() ? " applied\n"
                                                 : " was so already\n",
                            "credentials: ", Credentials(response.route()), "\n");
      });
}

int List(Session& session) {
  return AdminCall<SystemService, admin::v1::ListRoutesRequest, admin::v1::ListRoutesResponse>(
      session, {}, &SystemService::Stub::ListRoutes,
      [](const admin::v1::ListRoutesResponse& response) {
        Table table({"ROUTE", "CONNECTOR", "BASE URL", "MERCHANTS", "CURRENCIES", "CREDENTIALS"});
        for (const admin::v1::RouteSummary& route : response.routes()) {
          table.Add({route.name(), route.connector(), route.base_url(),
                     absl::StrJoin(route.owners(), ", "), absl::StrJoin(route.currencies(), ", "),
                     Credentials(route)});
        }
        return table.Text();
      });
}

int SetCredential(Session& session, const RouteOptions& options) {
  admin::v1::SetRouteCredentialRequest request;
  request.set_route(options.route);
  request.set_name(options.credential);
  const SecretSource source = {"credential", "--secret-fd", options.secret_fd};
  std::string mistake = SourceMistake(source);
  if (!mistake.empty()) return Session::Misused(mistake);
  std::optional<SecretBytes> secret = ReadSecretLine(source, mistake);
  if (!secret.has_value()) return Session::Misused(mistake);
  const SecretField field(request.mutable_secret(), *secret);
  return AdminCall<SystemService, admin::v1::SetRouteCredentialRequest,
                   admin::v1::SetRouteCredentialResponse>(
      session, request, &SystemService::Stub::SetRouteCredential,
      [&](const admin::v1::SetRouteCredentialResponse& response) {
        return absl::StrCat("credential ", response.credential().name(), " of route ",
                            options.route, " set\n");
      });
}

}  // namespace

void AddRouteCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* route = app.add_subcommand("route", "routes to upstreams");
  route->require_subcommand(1);
  auto options = std::make_shared<RouteOptions>();

  CLI::App* apply = route->add_subcommand(
      "apply", "store a route document\nExample: cardvault route apply h2h-eu.yaml");
  apply->add_option("file", options->file, "YAML; docs/formats/route.md")->required();
  apply->callback([&session, &exit_code, options] { exit_code = Apply(session, *options, false); });

  CLI::App* check = route->add_subcommand(
      "check", "name the mistakes of a document\nExample: cardvault route check h2h-eu.yaml");
  check->add_option("file", options->file, "YAML")->required();
  check->callback([&session, &exit_code, options] { exit_code = Apply(session, *options, true); });

  CLI::App* list = route->add_subcommand("list", "all routes\nExample: cardvault route list");
  list->callback([&session, &exit_code] { exit_code = List(session); });

  CLI::App* credential = route->add_subcommand("credential", "what an upstream gave us to sign");
  credential->require_subcommand(1);
  CLI::App* set = credential->add_subcommand(
      "set", "seal a credential\nExample: cardvault route credential set h2h-eu api_secret");
  set->add_option("route", options->route)->required();
  set->add_option("name", options->credential)->required();
  AddNumber(set, "--secret-fd", options->secret_fd, kDescriptors, "read it from here");
  set->callback([&session, &exit_code, options] { exit_code = SetCredential(session, *options); });
}

}  // namespace cardvault::cli
