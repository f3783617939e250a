#include "server/system_service.h"

#include <utility>

#include "base/status.h"
#include "base/version.h"
#include "card/free_text.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

constexpr size_t kMaxCredentialSize = 4096;  // bytes; a real one has 16 to 128

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

using Service = admin::v1::SystemService;
using RawSystemService = Service::WithRawCallbackMethod_GetStatus<
    Service::WithRawCallbackMethod_ApplyRoute<Service::WithRawCallbackMethod_ListRoutes<
        Service::WithRawCallbackMethod_SetRouteCredential<Service::WithRawCallbackMethod_ApplyRoles<
            Service::WithRawCallbackMethod_ListRoles<Service::Service>>>>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

void AddMistake(admin::v1::DocumentMistake* out, int line, std::string key, const char* problem) {
  out->set_line(line);
  out->set_key(std::move(key));
  out->set_problem(problem);
}

// A document is shown in lists and kept as it is: no card number has a place in it.
absl::Status CheckDocument(absl::string_view document) {
  if (!HoldsCardNumber(document)) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kTextInvalid, "document", "the text holds a card number");
}

// Production changes what four eyes protect by an approved change alone, which this version has
// not got yet.
absl::Status RefuseInProduction(VaultMode mode) {
  if (mode == VaultMode::kSandbox) return absl::OkStatus();
  return FailedPrecondition(ErrorReason::kMode,
                            "in production this needs a second operator's approval, which this "
                            "version does not offer yet");
}

class SystemServiceImpl final : public RawSystemService {
 public:
  explicit SystemServiceImpl(SystemServiceParts parts)
      : parts_(std::move(parts)), start_time_(parts_.clock.Now()) {}

  ServerUnaryReactor* GetStatus(CallbackServerContext* context, const ByteBuffer* in,
                                ByteBuffer* out) override {
    return Run<admin::v1::GetStatusRequest, admin::v1::GetStatusResponse>(
        context, in, out, "/cardvault.admin.v1.SystemService/GetStatus",
        &SystemServiceImpl::Status);
  }
  ServerUnaryReactor* ApplyRoute(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run<admin::v1::ApplyRouteRequest, admin::v1::ApplyRouteResponse>(
        context, in, out, "/cardvault.admin.v1.SystemService/ApplyRoute",
        &SystemServiceImpl::Apply);
  }
  ServerUnaryReactor* ListRoutes(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run<admin::v1::ListRoutesRequest, admin::v1::ListRoutesResponse>(
        context, in, out, "/cardvault.admin.v1.SystemService/ListRoutes",
        &SystemServiceImpl::Routes);
  }
  ServerUnaryReactor* SetRouteCredential(CallbackServerContext* context, const ByteBuffer* in,
                                         ByteBuffer* out) override {
    return Run<admin::v1::SetRouteCredentialRequest, admin::v1::SetRouteCredentialResponse>(
        context, in, out, "/cardvault.admin.v1.SystemService/SetRouteCredential",
        &SystemServiceImpl::SetCredential);
  }
  ServerUnaryReactor* ApplyRoles(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run<admin::v1::ApplyRolesRequest, admin::v1::ApplyRolesResponse>(
        context, in, out, "/cardvault.admin.v1.SystemService/ApplyRoles",
        &SystemServiceImpl::ApplyMap);
  }
  ServerUnaryReactor* ListRoles(CallbackServerContext* context, const ByteBuffer* in,
                                ByteBuffer* out) override {
    return Run<admin::v1::ListRolesRequest, admin::v1::ListRolesResponse>(
        context, in, out, "/cardvault.admin.v1.SystemService/ListRoles", &SystemServiceImpl::Roles);
  }

 private:
  // Commits the entry of a read before it is answered.
  absl::Status TellOfRead(const Caller& caller, const char* what) {
    WriteSet set;
    AuditLeaf leaf{AuditAction::kAdminRead};
    leaf.origin = caller.origin;
    leaf.object = what;
    set.leaves.push_back(std::move(leaf));
    return parts_.pipeline.SubmitAndWait(std::move(set)).status;
  }

  // Runs a handler that may wait, on the executor.
  template <typename Request, typename Response>
  ServerUnaryReactor* Run(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                          absl::string_view method,
                          absl::StatusOr<Response> (SystemServiceImpl::*handle)(const Caller&,
                                                                                Request&)) {
    return parts_.shell.Serve<Request, Response>(
        context, in, out, RuleOf(method),
        [this, handle](const Caller& caller, Request& request, Done<Response> done) {
          parts_.executor.Post([this, handle, caller, request = std::move(request),
                                done = std::move(done)]() mutable {
            std::move(done)((this->*handle)(caller, request));
          });
        });
  }

  absl::StatusOr<admin::v1::GetStatusResponse> Status(const Caller& caller,
                                                      admin::v1::GetStatusRequest&) {
    RETURN_IF_ERROR(TellOfRead(caller, "status"));
    admin::v1::GetStatusResponse status;
    status.set_version(kVersion);
    status.set_vault_id(parts_.vault_id);
    status.set_mode(parts_.mode == VaultMode::kSandbox ? admin::v1::VAULT_MODE_SANDBOX
                                                       : admin::v1::VAULT_MODE_PRODUCTION);
    *status.mutable_start_time() = ToTimestamp(start_time_);
    status.set_audit_entry_count(static_cast<int64_t>(parts_.pipeline.audit_entry_count()));
    absl::StatusOr<std::shared_ptr<const Keyring>> keyring = parts_.keyring.Snapshot();
    status.set_serving_state(keyring.ok() ? "serving" : "sealed");
    if (keyring.ok()) status.set_keyring_revision(static_cast<int64_t>((*keyring)->revision()));
    ASSIGN_OR_RETURN(Payments::OpenCounts open, parts_.payments.CountOpen());
    status.set_open_payment_count(open.open);
    status.set_in_doubt_payment_count(open.in_doubt);
    status.set_memory_lock(parts_.memory_lock == MemoryLock::kWhole ? "whole" : "keys-only");
    if (parts_.memory_lock == MemoryLock::kKeysOnly && SwapIsOn()) {
      status.add_warnings(
          "Swap is on and only keys and CVVs are locked in memory: turn swap off, or give the "
          "process an unlimited RLIMIT_MEMLOCK.");
    }
    if (open.in_doubt > 0) {
      status.add_warnings(
          "Payments are in doubt: look them up at the upstream before anything is sent again.");
    }
    return status;
  }

  absl::StatusOr<admin::v1::ApplyRouteResponse> Apply(const Caller& caller,
                                                      admin::v1::ApplyRouteRequest& request) {
    RETURN_IF_ERROR(CheckDocument(request.document()));
    if (!request.check_only()) RETURN_IF_ERROR(RefuseInProduction(parts_.mode));
    ASSIGN_OR_RETURN(RouteBook::Applied applied,
                     parts_.routes.Apply(request.document(), request.check_only(), caller.origin));
    // A change has its own entry; what is answered without one was read.
    if (!applied.changed) RETURN_IF_ERROR(TellOfRead(caller, "route check"));
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

  absl::StatusOr<admin::v1::ListRoutesResponse> Routes(const Caller& caller,
                                                       admin::v1::ListRoutesRequest&) {
    RETURN_IF_ERROR(TellOfRead(caller, "routes"));
    admin::v1::ListRoutesResponse response;
    for (const RouteInForce& route : parts_.routes.All()) {
      ASSIGN_OR_RETURN(*response.add_routes(), Summary(route));
    }
    return response;
  }

  absl::StatusOr<admin::v1::RouteSummary> Summary(const RouteInForce& in_force) {
    const Route& route = *in_force.route;
    admin::v1::RouteSummary summary;
    summary.set_name(route.name.value());
    summary.set_connector(route.connector);
    summary.set_base_url(route.transport.base_url);
    for (const MerchantId& owner : route.owners) summary.add_owners(owner.value());
    for (const auto& [currency, exponent] : route.currencies) summary.add_currencies(currency);
    absl::StatusOr<std::vector<CredentialInfo>> credentials = parts_.routes.Credentials(route.name);
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
    return summary;
  }

  static admin::v1::CredentialStatus ToStatus(const CredentialInfo& credential) {
    admin::v1::CredentialStatus status;
    status.set_name(credential.name);
    status.set_is_set(credential.is_set);
    if (credential.is_set) *status.mutable_set_time() = ToTimestamp(credential.set_time);
    return status;
  }

  absl::StatusOr<admin::v1::SetRouteCredentialResponse> SetCredential(
      const Caller& caller, admin::v1::SetRouteCredentialRequest& request) {
    RETURN_IF_ERROR(RefuseInProduction(parts_.mode));
    if (request.secret().empty() || request.secret().size() > kMaxCredentialSize) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "secret", "not 1 to 4096 bytes");
    }
    SecretBytes secret = SecretBytes::CopyOf(request.secret());
    ASSIGN_OR_RETURN(RouteName route, ParseId<RouteName>(request.route(), "route"));
    RETURN_IF_ERROR(CheckCallersId(request.name(), "name"));
    ASSIGN_OR_RETURN(
        CredentialInfo info,
        parts_.routes.SetCredential(route, request.name(), std::move(secret), caller.origin));
    admin::v1::SetRouteCredentialResponse response;
    *response.mutable_credential() = ToStatus(info);
    return response;
  }

  absl::StatusOr<admin::v1::ApplyRolesResponse> ApplyMap(const Caller& caller,
                                                         admin::v1::ApplyRolesRequest& request) {
    RETURN_IF_ERROR(CheckDocument(request.document()));
    if (!request.check_only()) RETURN_IF_ERROR(RefuseInProduction(parts_.mode));
    ASSIGN_OR_RETURN(RoleBook::Applied applied,
                     parts_.roles.Apply(request.document(), request.check_only(), caller.origin));
    if (!applied.changed) RETURN_IF_ERROR(TellOfRead(caller, "role check"));
    admin::v1::ApplyRolesResponse response;
    for (DocumentMistake& mistake : applied.mistakes) {
      AddMistake(response.add_mistakes(), mistake.line, std::move(mistake.key), mistake.problem);
    }
    response.set_applied(applied.changed);
    response.set_revision(static_cast<int64_t>(applied.revision));
    return response;
  }

  absl::StatusOr<admin::v1::ListRolesResponse> Roles(const Caller& caller,
                                                     admin::v1::ListRolesRequest&) {
    RETURN_IF_ERROR(TellOfRead(caller, "roles"));
    admin::v1::ListRolesResponse response;
    response.set_revision(static_cast<int64_t>(parts_.roles.revision()));
    const std::shared_ptr<const RoleMap> map = parts_.roles.Current();
    for (const auto& [identity, roles] : map->grants()) {
      admin::v1::RoleGrant* grant = response.add_grants();
      grant->set_identity(identity);
      for (Role role : roles) grant->add_roles(std::string(RoleName(role)));
    }
    return response;
  }

  const SystemServiceParts parts_;
  const absl::Time start_time_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewSystemService(SystemServiceParts parts) {
  return std::make_unique<SystemServiceImpl>(std::move(parts));
}

}  // namespace cardvault
