#include "server/change_effects.h"

#include <google/protobuf/descriptor.h>

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/status.h"
#include "cardvault/annotations/v1/sensitivity.pb.h"
#include "forwarder/route_credentials.h"
#include "server/admin_steps.h"
#include "server/payment_admin.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

using admin::v1::Proposal;
using Done = ChangeEffect::Done;

// The field of the request that a proposal carries; null when none is set.
const google::protobuf::FieldDescriptor* FieldOf(const Proposal& proposal) {
  return proposal.GetReflection()->GetOneofFieldDescriptor(proposal,
                                                           Proposal::descriptor()->oneof_decl(0));
}

// What credentials are proposed against: the route that they go to, and their own times.
struct NamedCredential {
  RouteName route;
  CredentialInfo info;
  ChangeCheck check;
};

template <typename Request>
absl::StatusOr<NamedCredential> FindCredential(const RouteBook& routes, const Request& request) {
  ASSIGN_OR_RETURN(RouteName route, ParseId<RouteName>(request.route(), "route"));
  RETURN_IF_ERROR(CheckCallersId(request.name(), "name"));
  ASSIGN_OR_RETURN(const std::vector<CredentialInfo> credentials, routes.Credentials(route));
  const auto found = absl::c_find_if(
      credentials, [&](const CredentialInfo& info) { return info.name == request.name(); });
  if (found == credentials.end()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "name",
                           "this route's connector has no credential of that name");
  }
  NamedCredential credential{route, *found, {}};
  credential.check.object = absl::StrCat(request.route(), "/", request.name());
  ASSIGN_OR_RETURN(Precondition base, routes.AsItIs(route));
  credential.check.base.push_back(std::move(base));
  ASSIGN_OR_RETURN(std::vector<Precondition> versions,
                   routes.CredentialAsItIs(route, request.name()));
  for (Precondition& version : versions) credential.check.base.push_back(std::move(version));
  return credential;
}

ChangeEffect ApplyRoute(RouteBook& routes) {
  ChangeEffect effect;
  effect.check = [&routes](const Proposal& proposal, const SecretBytes&,
                           const AuditOrigin& origin) -> absl::StatusOr<ChangeCheck> {
    const std::string& document = proposal.apply_route().document();
    RETURN_IF_ERROR(CheckDocument(document));
    ASSIGN_OR_RETURN(RouteBook::Applied applied, routes.Apply(document, true, origin));
    ChangeCheck check;
    for (const RouteMistake& mistake : applied.mistakes) {
      check.mistakes.push_back({mistake.line, mistake.key, mistake.problem});
    }
    if (!check.mistakes.empty()) return check;
    check.object = applied.route.route->name.value();
    ASSIGN_OR_RETURN(Precondition base, routes.AsItIs(applied.route.route->name));
    check.base.push_back(std::move(base));
    return check;
  };
  effect.apply = [&routes](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                           Done done) {
    std::move(done)(routes.Apply(proposal.apply_route().document(), false, warrant).status());
  };
  effect.in_force = [&routes](const Proposal& proposal) -> std::optional<std::string> {
    const absl::StatusOr<RouteBook::Applied> parsed =
        routes.Apply(proposal.apply_route().document(), true, AuditOrigin{});
    if (!parsed.ok() || !parsed->mistakes.empty()) return std::nullopt;
    const absl::StatusOr<RouteInForce> present = routes.InForce(parsed->route.route->name);
    if (!present.ok()) return std::nullopt;
    return present->route->document;
  };
  return effect;
}

ChangeEffect EnableRoute(RouteBook& routes) {
  ChangeEffect effect;
  effect.check = [&routes](const Proposal& proposal, const SecretBytes&,
                           const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    ASSIGN_OR_RETURN(const RouteName name,
                     ParseId<RouteName>(proposal.enable_route().route(), "route"));
    RETURN_IF_ERROR(routes.InForce(name).status());
    ASSIGN_OR_RETURN(Precondition base, routes.AsItIs(name));
    return ChangeCheck{{}, name.value(), {std::move(base)}};
  };
  effect.apply = [&routes](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                           Done done) {
    absl::StatusOr<RouteName> name = ParseId<RouteName>(proposal.enable_route().route(), "route");
    std::move(done)(name.ok() ? routes.SetDisabled(*name, false, warrant).status() : name.status());
  };
  return effect;
}

// Sets a credential or, with `rotates`, puts a new version beside the one there is.
template <typename Request>
ChangeEffect SendCredential(
    RouteBook& routes, const Request& (Proposal::*request)() const, bool rotates,
    absl::StatusOr<CredentialInfo> (RouteBook::*change)(const RouteName&, absl::string_view,
                                                        const SecretBytes&, const Warrant&)) {
  ChangeEffect effect;
  effect.check = [=, &routes](const Proposal& proposal, const SecretBytes& secret,
                              const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(RouteCredentials::CheckSecret(secret));
    ASSIGN_OR_RETURN(NamedCredential credential, FindCredential(routes, (proposal.*request)()));
    const CredentialInfo& info = credential.info;
    if (rotates && (!info.is_set || info.previous_set_time.has_value())) {
      return FailedPrecondition(ErrorReason::kCredentialState,
                                "it is not set yet, or a rotation of it goes on already");
    }
    return std::move(credential.check);
  };
  effect.apply = [=, &routes](const Proposal& proposal, const SecretBytes& secret,
                              const Warrant& warrant, Done done) {
    const Request& sent = (proposal.*request)();
    const absl::StatusOr<RouteName> route = ParseId<RouteName>(sent.route(), "route");
    std::move(done)(route.ok() ? (routes.*change)(*route, sent.name(), secret, warrant).status()
                               : route.status());
  };
  return effect;
}

ChangeEffect RetireCredential(RouteBook& routes) {
  ChangeEffect effect;
  effect.check = [&routes](const Proposal& proposal, const SecretBytes&,
                           const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    ASSIGN_OR_RETURN(NamedCredential credential,
                     FindCredential(routes, proposal.retire_route_credential()));
    if (!credential.info.previous_set_time.has_value()) {
      return FailedPrecondition(ErrorReason::kCredentialState,
                                "this credential has no earlier version to retire");
    }
    return std::move(credential.check);
  };
  effect.apply = [&routes](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                           Done done) {
    const auto& request = proposal.retire_route_credential();
    absl::StatusOr<RouteName> route = ParseId<RouteName>(request.route(), "route");
    std::move(done)(route.ok() ? routes.RetireCredential(*route, request.name(), warrant).status()
                               : route.status());
  };
  return effect;
}

ChangeEffect ApplyRoles(RoleBook& roles) {
  ChangeEffect effect;
  effect.check = [&roles](const Proposal& proposal, const SecretBytes&,
                          const AuditOrigin& origin) -> absl::StatusOr<ChangeCheck> {
    const std::string& document = proposal.apply_roles().document();
    RETURN_IF_ERROR(CheckDocument(document));
    ASSIGN_OR_RETURN(RoleBook::Applied applied, roles.Apply(document, true, origin));
    return ChangeCheck{std::move(applied.mistakes), "roles", {roles.InForce().unchanged()}};
  };
  effect.apply = [&roles](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                          Done done) {
    std::move(done)(roles.Apply(proposal.apply_roles().document(), false, warrant).status());
  };
  effect.in_force = [&roles](const Proposal&) { return roles.document(); };
  return effect;
}

// The payment may change until the approval, as when it is asked for again upstream: what it is
// then decides.
ChangeEffect ResolvePayment(Payments& payments) {
  ChangeEffect effect;
  effect.check = [&payments](const Proposal& proposal, const SecretBytes&,
                             const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    ASSIGN_OR_RETURN(const PaymentWord word, ReadPaymentWord(proposal.resolve_payment()));
    RETURN_IF_ERROR(payments.CheckResolve(word.merchant, word.payment, word.state));
    return ChangeCheck{{}, absl::StrCat(word.merchant.value(), "/", word.payment.value()), {}};
  };
  effect.apply = [&payments](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                             Done done) {
    const absl::StatusOr<PaymentWord> word = ReadPaymentWord(proposal.resolve_payment());
    if (!word.ok()) return std::move(done)(word.status());
    payments.Resolve(
        word->merchant, word->payment, word->state, warrant,
        [done = std::move(done)](const auto& record) mutable { std::move(done)(record.status()); });
  };
  return effect;
}

ChangeEffect ApproveConfiguration(ApprovedConfig& config) {
  ChangeEffect effect;
  effect.check = [&config](const Proposal& proposal, const SecretBytes&,
                           const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(config.Check(proposal.approve_configuration()));
    return ChangeCheck{{}, "configuration", {config.AsItIs()}};
  };
  effect.apply = [&config](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                           Done done) {
    std::move(done)(config.Approve(proposal.approve_configuration(), warrant));
  };
  effect.in_force = [&config](const Proposal&) {
    std::string lines;
    for (const ConfigFile& file : config.Approved()) {
      absl::StrAppend(&lines, file.name, " ", absl::BytesToHexString(file.sha256), "\n");
    }
    return lines;
  };
  return effect;
}

}  // namespace

ChangeEffects NewChangeEffects(const ChangeRooms& rooms) {
  ChangeEffects effects;
  effects[Proposal::kApplyRoute] = ApplyRoute(rooms.routes);
  effects[Proposal::kEnableRoute] = EnableRoute(rooms.routes);
  effects[Proposal::kSetRouteCredential] = SendCredential(
      rooms.routes, &Proposal::set_route_credential, false, &RouteBook::SetCredential);
  effects[Proposal::kRotateRouteCredential] = SendCredential(
      rooms.routes, &Proposal::rotate_route_credential, true, &RouteBook::RotateCredential);
  effects[Proposal::kRetireRouteCredential] = RetireCredential(rooms.routes);
  effects[Proposal::kApplyRoles] = ApplyRoles(rooms.roles);
  effects[Proposal::kResolvePayment] = ResolvePayment(rooms.payments);
  effects[Proposal::kApproveConfiguration] = ApproveConfiguration(rooms.config);
  return effects;
}

const google::protobuf::Message* RequestOf(const Proposal& proposal) {
  const google::protobuf::FieldDescriptor* field = FieldOf(proposal);
  return field == nullptr ? nullptr : &proposal.GetReflection()->GetMessage(proposal, field);
}

std::string KindOf(const Proposal& proposal) {
  const google::protobuf::FieldDescriptor* field = FieldOf(proposal);
  return field == nullptr ? "" : std::string(field->name());
}

std::optional<SecretBytes> TakeSecret(Proposal& proposal) {
  const google::protobuf::FieldDescriptor* what = FieldOf(proposal);
  if (what == nullptr) return std::nullopt;
  google::protobuf::Message& request = *proposal.GetReflection()->MutableMessage(&proposal, what);
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = request.GetDescriptor()->field(i);
    if (field->options().GetExtension(annotations::v1::sensitivity) !=
        annotations::v1::SENSITIVITY_KEY_MATERIAL) {
      continue;
    }
    std::string unused;
    SecretBytes secret =
        SecretBytes::CopyOf(request.GetReflection()->GetStringReference(request, field, &unused));
    request.GetReflection()->ClearField(&request, field);
    return secret;
  }
  return std::nullopt;
}

}  // namespace cardvault
