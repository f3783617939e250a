#include "server/route_admin.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "server/admin_steps.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

// As far as a route's times go, which are never negative.
google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

admin::v1::CredentialStatus ToStatus(const CredentialInfo& credential) {
  admin::v1::CredentialStatus status;
  status.set_name(credential.name);
  status.set_is_set(credential.is_set);
  if (credential.is_set) *status.mutable_set_time() = ToTimestamp(credential.set_time);
  if (credential.previous_set_time.has_value()) {
    *status.mutable_previous_set_time() = ToTimestamp(*credential.previous_set_time);
  }
  return status;
}

admin::v1::RouteLimits ToProto(const RouteLimits& limits) {
  admin::v1::RouteLimits proto;
  for (const auto& [currency, range] : limits.amounts) {
    admin::v1::AmountRange* amount = proto.add_amounts();
    amount->set_currency(currency);
    amount->set_min(range.min);
    if (range.max != std::numeric_limits<int64_t>::max()) amount->set_max(range.max);
  }
  proto.set_payments_per_minute(limits.payments_per_minute.value_or(0));
  return proto;
}

admin::v1::RouteReconcile ToProto(const ReconcileSettings& settings) {
  admin::v1::RouteReconcile proto;
  *proto.mutable_in_doubt_after() = ToProto(settings.in_doubt_after);
  *proto.mutable_pending_after() = ToProto(settings.pending_after);
  *proto.mutable_max_interval() = ToProto(settings.max_interval);
  if (settings.not_found_after.has_value()) {
    *proto.mutable_not_found_after() = ToProto(*settings.not_found_after);
  }
  *proto.mutable_not_found_interval() = ToProto(settings.not_found_interval);
  *proto.mutable_review_after() = ToProto(settings.review_after);
  return proto;
}

// What a request says of one credential, checked.
struct CredentialName {
  RouteName route;
  std::string name;
};

template <typename Request>
absl::StatusOr<CredentialName> ReadName(const Request& request) {
  ASSIGN_OR_RETURN(RouteName route, ParseId<RouteName>(request.route(), "route"));
  RETURN_IF_ERROR(CheckCallersId(request.name(), "name"));
  return CredentialName{std::move(route), request.name()};
}

template <typename Response>
absl::StatusOr<Response> Answered(const absl::StatusOr<CredentialInfo>& credential) {
  if (!credential.ok()) return credential.status();
  Response response;
  *response.mutable_credential() = ToStatus(*credential);
  return response;
}

}  // namespace

absl::StatusOr<admin::v1::ApplyRouteResponse> RouteAdmin::Apply(
    const Caller& caller, admin::v1::ApplyRouteRequest& request) {
  RETURN_IF_ERROR(CheckDocument(request.document()));
  ASSIGN_OR_RETURN(RouteBook::Applied applied,
                   routes_.Apply(request.document(), request.check_only(), caller.origin));
  // A change has its own entry; what is answered without one was read.
  if (!applied.changed) RETURN_IF_ERROR(TellOfRead(pipeline_, caller, "route check"));
  admin::v1::ApplyRouteResponse response;
  for (RouteMistake& mistake : applied.mistakes) {
    AddMistake(response.add_mistakes(), mistake.line, std::move(mistake.key), mistake.problem);
  }
  response.set_applied(applied.changed);
  if (applied.mistakes.empty() && applied.route.route != nullptr) {
    ASSIGN_OR_RETURN(*response.mutable_route(), Summary(applied.route));
  }
  return response;
}

absl::StatusOr<admin::v1::ListRoutesResponse> RouteAdmin::List(const Caller& caller,
                                                               admin::v1::ListRoutesRequest&) {
  RETURN_IF_ERROR(TellOfRead(pipeline_, caller, "routes"));
  admin::v1::ListRoutesResponse response;
  for (const RouteInForce& route : routes_.All()) {
    ASSIGN_OR_RETURN(*response.add_routes(), Summary(route));
  }
  return response;
}

absl::StatusOr<admin::v1::GetRouteResponse> RouteAdmin::Get(const Caller& caller,
                                                            admin::v1::GetRouteRequest& request) {
  ASSIGN_OR_RETURN(const RouteName name, ParseId<RouteName>(request.route(), "route"));
  ASSIGN_OR_RETURN(const RouteInForce route, routes_.InForce(name));
  RETURN_IF_ERROR(TellOfRead(pipeline_, caller, "route"));
  admin::v1::GetRouteResponse response;
  ASSIGN_OR_RETURN(*response.mutable_route(), Summary(route));
  response.set_document(route.route->document);
  *response.mutable_reconcile() = ToProto(route.route->reconcile);
  return response;
}

absl::StatusOr<admin::v1::DisableRouteResponse> RouteAdmin::Disable(
    const Caller& caller, admin::v1::DisableRouteRequest& request) {
  return Switch<admin::v1::DisableRouteResponse>(caller, request.route(), true);
}

absl::StatusOr<admin::v1::EnableRouteResponse> RouteAdmin::Enable(
    const Caller& caller, admin::v1::EnableRouteRequest& request) {
  return Switch<admin::v1::EnableRouteResponse>(caller, request.route(), false);
}

template <typename Response>
absl::StatusOr<Response> RouteAdmin::Switch(const Caller& caller, const std::string& route,
                                            bool disabled) {
  ASSIGN_OR_RETURN(const RouteName name, ParseId<RouteName>(route, "route"));
  ASSIGN_OR_RETURN(const RouteBook::Switched switched,
                   routes_.SetDisabled(name, disabled, caller.origin));
  if (!switched.changed) RETURN_IF_ERROR(TellOfRead(pipeline_, caller, "route"));
  Response response;
  ASSIGN_OR_RETURN(*response.mutable_route(), Summary(switched.route));
  response.set_changed(switched.changed);
  return response;
}

absl::StatusOr<admin::v1::SetRouteCredentialResponse> RouteAdmin::SetCredential(
    const Caller& caller, admin::v1::SetRouteCredentialRequest& request) {
  const SecretBytes secret = SecretBytes::CopyOf(request.secret());
  ASSIGN_OR_RETURN(const CredentialName credential, ReadName(request));
  return Answered<admin::v1::SetRouteCredentialResponse>(
      routes_.SetCredential(credential.route, credential.name, secret, caller.origin));
}

absl::StatusOr<admin::v1::RotateRouteCredentialResponse> RouteAdmin::RotateCredential(
    const Caller& caller, admin::v1::RotateRouteCredentialRequest& request) {
  const SecretBytes secret = SecretBytes::CopyOf(request.secret());
  ASSIGN_OR_RETURN(const CredentialName credential, ReadName(request));
  return Answered<admin::v1::RotateRouteCredentialResponse>(
      routes_.RotateCredential(credential.route, credential.name, secret, caller.origin));
}

absl::StatusOr<admin::v1::RetireRouteCredentialResponse> RouteAdmin::RetireCredential(
    const Caller& caller, admin::v1::RetireRouteCredentialRequest& request) {
  ASSIGN_OR_RETURN(const CredentialName credential, ReadName(request));
  return Answered<admin::v1::RetireRouteCredentialResponse>(
      routes_.RetireCredential(credential.route, credential.name, caller.origin));
}

absl::StatusOr<admin::v1::RouteSummary> RouteAdmin::Summary(const RouteInForce& in_force) const {
  const Route& route = *in_force.route;
  admin::v1::RouteSummary summary;
  summary.set_name(route.name.value());
  summary.set_connector(route.connector);
  summary.set_base_url(route.transport.base_url);
  for (const MerchantId& owner : route.owners) summary.add_owners(owner.value());
  for (const auto& [currency, exponent] : route.currencies) summary.add_currencies(currency);
  absl::StatusOr<std::vector<CredentialInfo>> credentials = routes_.Credentials(route.name);
  // A route that was only checked is not stored and has no credentials yet.
  if (credentials.ok()) {
    for (const CredentialInfo& credential : *credentials) {
      *summary.add_credentials() = ToStatus(credential);
    }
  } else if (!absl::IsNotFound(credentials.status())) {
    return credentials.status();
  }
  if (in_force.revision != 0) *summary.mutable_update_time() = ToTimestamp(in_force.update_time);
  summary.set_revision(static_cast<int64_t>(in_force.revision));
  summary.set_disabled(in_force.disabled);
  *summary.mutable_limits() = ToProto(route.limits);
  return summary;
}

}  // namespace cardvault
