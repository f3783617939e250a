#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/numbers.h"
#include "cli/protected_call.h"
#include "cli/route_text.h"
#include "cli/secret_input.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using admin::v1::SystemService;

struct RouteOptions {
  std::string file;
  std::string route;
  std::string credential;
  int secret_fd = -1;
};

int Apply(Session& session, const RouteOptions& options, bool check_only) {
  return ApplyDocument<SystemService, admin::v1::ApplyRouteRequest, admin::v1::ApplyRouteResponse>(
      session, options.file, check_only, &SystemService::Stub::ApplyRoute,
      &admin::v1::Proposal::mutable_apply_route,
      [&](const admin::v1::ApplyRouteResponse& response) {
        return absl::StrCat(
            "route ", response.route().name(),
            check_only           ? " is good\n"
            : response.applied() ? " applied\n"
                                 : " was so already\n",
            response.route().credentials().empty()
                ? ""
                : absl::StrCat("credentials: ", CredentialNames(response.route()), "\n"));
      });
}

int List(Session& session) {
  return AdminCall<SystemService, admin::v1::ListRoutesRequest, admin::v1::ListRoutesResponse>(
      session, {}, &SystemService::Stub::ListRoutes,
      [](const admin::v1::ListRoutesResponse& response) {
        Table table(
            {"ROUTE", "STATE", "CONNECTOR", "BASE URL", "MERCHANTS", "CURRENCIES", "CREDENTIALS"});
        for (const admin::v1::RouteSummary& route : response.routes()) {
          table.Add({route.name(), StateWord(route), route.connector(), route.base_url(),
                     absl::StrJoin(route.owners(), ", "), absl::StrJoin(route.currencies(), ", "),
                     CredentialNames(route)});
        }
        return table.Text();
      });
}

int Show(Session& session, const RouteOptions& options) {
  admin::v1::GetRouteRequest request;
  request.set_route(options.route);
  return AdminCall<SystemService, admin::v1::GetRouteRequest, admin::v1::GetRouteResponse>(
      session, request, &SystemService::Stub::GetRoute, RouteText);
}

template <typename Response>
std::string SwitchedText(const Response& response) {
  return absl::StrCat("route ", response.route().name(), response.changed() ? " " : " was ",
                      StateWord(response.route()), response.changed() ? "\n" : " already\n");
}

int Disable(Session& session, const RouteOptions& options) {
  admin::v1::DisableRouteRequest request;
  request.set_route(options.route);
  return AdminCall<SystemService, admin::v1::DisableRouteRequest, admin::v1::DisableRouteResponse>(
      session, request, &SystemService::Stub::DisableRoute,
      SwitchedText<admin::v1::DisableRouteResponse>);
}

int Enable(Session& session, const RouteOptions& options) {
  admin::v1::EnableRouteRequest request;
  request.set_route(options.route);
  return ProtectedCall<SystemService, admin::v1::EnableRouteRequest,
                       admin::v1::EnableRouteResponse>(
      session, request, &SystemService::Stub::EnableRoute,
      &admin::v1::Proposal::mutable_enable_route, SwitchedText<admin::v1::EnableRouteResponse>);
}

// Sends a secret for a credential; `human` makes a line of the credential as it then is.
template <typename Request, typename Response>
int SendSecret(Session& session, const RouteOptions& options,
               grpc::Status (SystemService::Stub::*call)(grpc::ClientContext*, const Request&,
                                                         Response*),
               Request* (admin::v1::Proposal::*as)(),
               const std::function<std::string(const admin::v1::CredentialStatus&)>& human) {
  Request request;
  request.set_route(options.route);
  request.set_name(options.credential);
  const SecretSource source = {"credential", "--secret-fd", options.secret_fd};
  std::string mistake = SourceMistake(source);
  if (!mistake.empty()) return Session::Misused(mistake);
  std::optional<SecretBytes> secret = ReadSecretLine(source, mistake);
  if (!secret.has_value()) return Session::Misused(mistake);
  const SecretField field(request.mutable_secret(), *secret);
  return ProtectedCall<SystemService, Request, Response>(
      session, request, call, as,
      [&](const Response& response) { return human(response.credential()); });
}

int SetCredential(Session& session, const RouteOptions& options) {
  return SendSecret<admin::v1::SetRouteCredentialRequest, admin::v1::SetRouteCredentialResponse>(
      session, options, &SystemService::Stub::SetRouteCredential,
      &admin::v1::Proposal::mutable_set_route_credential,
      [&](const admin::v1::CredentialStatus& credential) {
        return absl::StrCat("credential ", credential.name(), " of route ", options.route,
                            " set\n");
      });
}

int RotateCredential(Session& session, const RouteOptions& options) {
  return SendSecret<admin::v1::RotateRouteCredentialRequest,
                    admin::v1::RotateRouteCredentialResponse>(
      session, options, &SystemService::Stub::RotateRouteCredential,
      &admin::v1::Proposal::mutable_rotate_route_credential,
      [&](const admin::v1::CredentialStatus& credential) {
        return absl::StrCat("credential ", credential.name(), " of route ", options.route,
                            " rotated: the new version signs\nthe earlier one, of ",
                            TimeText(credential.previous_set_time()),
                            ", is still accepted: end that with `cardvault route credential "
                            "retire ",
                            options.route, " ", credential.name(), "`\n");
      });
}

int RetireCredential(Session& session, const RouteOptions& options) {
  admin::v1::RetireRouteCredentialRequest request;
  request.set_route(options.route);
  request.set_name(options.credential);
  return ProtectedCall<SystemService, admin::v1::RetireRouteCredentialRequest,
                       admin::v1::RetireRouteCredentialResponse>(
      session, request, &SystemService::Stub::RetireRouteCredential,
      &admin::v1::Proposal::mutable_retire_route_credential,
      [&](const admin::v1::RetireRouteCredentialResponse& response) {
        return absl::StrCat("earlier version of credential ", response.credential().name(),
                            " of route ", options.route, " retired\n");
      });
}

void AddCredentialCommands(CLI::App& route, Session& session, int& exit_code,
                           const std::shared_ptr<RouteOptions>& options) {
  CLI::App* credential = route.add_subcommand("credential", "what an upstream gave us to sign");
  credential->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = credential->add_subcommand(name, help);
    command->add_option("route", options->route)->required();
    command->add_option("name", options->credential)->required();
    return command;
  };
  CLI::App* set = add("set",
                      "seal a credential, the one version from now on\n"
                      "Example: cardvault route credential set h2h-eu api_secret");
  AddNumber(set, "--secret-fd", options->secret_fd, kDescriptors, "read it from here");
  set->callback([&session, &exit_code, options] { exit_code = SetCredential(session, *options); });
  CLI::App* rotate = add("rotate",
                         "seal a new version that signs from now on; the earlier one is accepted "
                         "until it is retired\n"
                         "Example: cardvault route credential rotate h2h-eu api_secret");
  AddNumber(rotate, "--secret-fd", options->secret_fd, kDescriptors, "read it from here");
  rotate->callback(
      [&session, &exit_code, options] { exit_code = RotateCredential(session, *options); });
  CLI::App* retire = add("retire",
                         "end a rotation: delete the earlier version\n"
                         "Example: cardvault route credential retire h2h-eu api_secret");
  retire->callback(
      [&session, &exit_code, options] { exit_code = RetireCredential(session, *options); });
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

  const auto add_named = [&](const char* name, const char* help) {
    CLI::App* command = route->add_subcommand(name, help);
    command->add_option("name", options->route)->required();
    return command;
  };
  CLI::App* show = add_named(
      "show", "a route, its credentials and its document\nExample: cardvault route show h2h-eu");
  show->callback([&session, &exit_code, options] { exit_code = Show(session, *options); });
  CLI::App* disable = add_named(
      "disable", "close a route to merchants, at once\nExample: cardvault route disable h2h-eu");
  disable->callback([&session, &exit_code, options] { exit_code = Disable(session, *options); });
  CLI::App* enable =
      add_named("enable", "open a disabled route\nExample: cardvault route enable h2h-eu");
  enable->callback([&session, &exit_code, options] { exit_code = Enable(session, *options); });

  AddCredentialCommands(*route, session, exit_code, options);
}

}  // namespace cardvault::cli
