#include "server/system_service.h"

#include <utility>

#include "base/status.h"
#include "base/version.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "server/admin_steps.h"
#include "server/key_text.h"
#include "server/merchant_admin.h"
#include "server/payment_admin.h"
#include "server/route_admin.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

// A restart and a round of deletions.
constexpr absl::Duration kExpiryGrace = absl::Hours(1);

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

using Service = admin::v1::SystemService;
using RawRoutes = Service::WithRawCallbackMethod_ApplyRoute<
    Service::WithRawCallbackMethod_ListRoutes<Service::WithRawCallbackMethod_GetRoute<
        Service::WithRawCallbackMethod_DisableRoute<Service::WithRawCallbackMethod_EnableRoute<
            Service::WithRawCallbackMethod_SetRouteCredential<
                Service::WithRawCallbackMethod_RotateRouteCredential<
                    Service::WithRawCallbackMethod_RetireRouteCredential<Service::Service>>>>>>>>;
using RawPayments = Service::WithRawCallbackMethod_ListOpenPayments<
    Service::WithRawCallbackMethod_ResolvePayment<RawRoutes>>;
using RawMerchants = Service::WithRawCallbackMethod_PurgeMerchant<
    Service::WithRawCallbackMethod_WatchMerchantPurge<RawPayments>>;
using RawSystemService =
    Service::WithRawCallbackMethod_GetStatus<Service::WithRawCallbackMethod_ApplyRoles<
        Service::WithRawCallbackMethod_ListRoles<RawMerchants>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class SystemServiceImpl final : public RawSystemService {
 public:
  explicit SystemServiceImpl(SystemServiceParts parts)
      : parts_(std::move(parts)),
        start_time_(parts_.clock.Now()),
        routes_(parts_.routes, parts_.pipeline),
        payments_(parts_.payments, parts_.pipeline),
        merchants_(parts_.purge, parts_.pipeline) {}

  ServerUnaryReactor* GetStatus(CallbackServerContext* context, const ByteBuffer* in,
                                ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/GetStatus", this,
               &SystemServiceImpl::Status);
  }
  ServerUnaryReactor* ApplyRoute(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/ApplyRoute", &routes_,
               &RouteAdmin::Apply);
  }
  ServerUnaryReactor* ListRoutes(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/ListRoutes", &routes_,
               &RouteAdmin::List);
  }
  ServerUnaryReactor* GetRoute(CallbackServerContext* context, const ByteBuffer* in,
                               ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/GetRoute", &routes_,
               &RouteAdmin::Get);
  }
  ServerUnaryReactor* DisableRoute(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/DisableRoute", &routes_,
               &RouteAdmin::Disable);
  }
  ServerUnaryReactor* EnableRoute(CallbackServerContext* context, const ByteBuffer* in,
                                  ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/EnableRoute", &routes_,
               &RouteAdmin::Enable);
  }
  ServerUnaryReactor* SetRouteCredential(CallbackServerContext* context, const ByteBuffer* in,
                                         ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/SetRouteCredential", &routes_,
               &RouteAdmin::SetCredential);
  }
  ServerUnaryReactor* RotateRouteCredential(CallbackServerContext* context, const ByteBuffer* in,
                                            ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/RotateRouteCredential",
               &routes_, &RouteAdmin::RotateCredential);
  }
  ServerUnaryReactor* RetireRouteCredential(CallbackServerContext* context, const ByteBuffer* in,
                                            ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/RetireRouteCredential",
               &routes_, &RouteAdmin::RetireCredential);
  }
  ServerUnaryReactor* ApplyRoles(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/ApplyRoles", this,
               &SystemServiceImpl::ApplyMap);
  }
  ServerUnaryReactor* ListRoles(CallbackServerContext* context, const ByteBuffer* in,
                                ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/ListRoles", this,
               &SystemServiceImpl::Roles);
  }

  ServerUnaryReactor* ListOpenPayments(CallbackServerContext* context, const ByteBuffer* in,
                                       ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/ListOpenPayments", &payments_,
               &PaymentAdmin::ListOpen);
  }
  ServerUnaryReactor* ResolvePayment(CallbackServerContext* context, const ByteBuffer* in,
                                     ByteBuffer* out) override {
    return parts_.shell.Serve<admin::v1::ResolvePaymentRequest, admin::v1::ResolvePaymentResponse>(
        context, in, out, RuleOf("/cardvault.admin.v1.SystemService/ResolvePayment"),
        [this](const Caller& caller, admin::v1::ResolvePaymentRequest& request,
               Done<admin::v1::ResolvePaymentResponse> done) {
          payments_.Resolve(caller, request, std::move(done));
        });
  }

  ServerUnaryReactor* PurgeMerchant(CallbackServerContext* context, const ByteBuffer* in,
                                    ByteBuffer* out) override {
    return Run(context, in, out, "/cardvault.admin.v1.SystemService/PurgeMerchant", &merchants_,
               &MerchantAdmin::Purge);
  }
  grpc::ServerWriteReactor<ByteBuffer>* WatchMerchantPurge(CallbackServerContext* context,
                                                           const ByteBuffer* in) override {
    using admin::v1::MerchantPurgeProgress;
    return parts_.shell.ServeWatch<admin::v1::WatchMerchantPurgeRequest, MerchantPurgeProgress>(
        context, in, RuleOf("/cardvault.admin.v1.SystemService/WatchMerchantPurge"),
        parts_.executor,
        [this](const Caller& caller, const admin::v1::WatchMerchantPurgeRequest&)
            -> absl::StatusOr<RpcShell::NextMessage> {
          RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "merchant purge"));
          return [this](google::protobuf::Message& message) {
            auto& progress = static_cast<MerchantPurgeProgress&>(message);
            progress = merchants_.Progress();
            return progress.state() == "running";
          };
        });
  }

 private:
  // Runs a handler that may wait, on the executor.
  template <typename Handler, typename Request, typename Response>
  ServerUnaryReactor* Run(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                          absl::string_view method, Handler* handler,
                          absl::StatusOr<Response> (Handler::*handle)(const Caller&, Request&)) {
    return parts_.shell.ServeOn<Request, Response>(
        context, in, out, RuleOf(method), parts_.executor,
        [handler, handle](const Caller& caller, Request& request) {
          return (handler->*handle)(caller, request);
        });
  }

  absl::StatusOr<admin::v1::GetStatusResponse> Status(const Caller& caller,
                                                      admin::v1::GetStatusRequest&) {
    RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "status"));
    admin::v1::GetStatusResponse status;
    status.set_version(kVersion);
    status.set_vault_id(parts_.vault_id);
    status.set_mode(parts_.mode == VaultMode::kSandbox ? admin::v1::VAULT_MODE_SANDBOX
                                                       : admin::v1::VAULT_MODE_PRODUCTION);
    *status.mutable_start_time() = ToTimestamp(start_time_);
    status.set_audit_entry_count(static_cast<int64_t>(parts_.pipeline.audit_entry_count()));
    absl::StatusOr<std::shared_ptr<const Keyring>> keyring = parts_.keyring.Snapshot();
    status.set_serving_state(std::string(parts_.serving.Name()));
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
    if (keyring.ok()) {
      for (const KeyVersionInfo& key : (*keyring)->Inventory()) {
        if (!IsOverdue(key, parts_.clock.Now())) continue;
        status.add_warnings(
            "A key is past its age and could not be replaced: it stops to encrypt when it EXPIRES; "
            "see `cardvault key list`, and mend the KEK's provider or the store.");
        break;
      }
    }
    AddCheckpoints(status);
    if (parts_.serving.Current().Has(Restriction::kNotAdmitted)) {
      status.add_warnings(
          "The store is not admitted, and nothing is written to it: `cardvault store show` says "
          "why.");
    } else {
      RETURN_IF_ERROR(AddBackups(status));
    }
    if (open.in_doubt > 0) {
      status.add_warnings(
          "Payments are in doubt: cardvault is asking the upstream; send nothing again under "
          "another id.");
    }
    return status;
  }

  absl::Status AddBackups(admin::v1::GetStatusResponse& status) const {
    if (parts_.backups.options().directory.empty()) {
      status.add_warnings(
          "No backups are made: name a directory on another volume under backup.directory.");
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const std::vector<ListedBackup> listed, parts_.backups.List());
    bool any_whole = false;
    bool any_overdue = false;
    const absl::Time now = parts_.clock.Now();
    for (const ListedBackup& backup : listed) {
      if (backup.row.state() == storage::v1::BACKUP_STATE_WHOLE) {
        any_whole = true;
        *status.mutable_last_backup_time() = ToTimestamp(backup.create_time());
      }
      any_overdue = any_overdue || parts_.backups.ExpireTime(backup) + kExpiryGrace < now;
    }
    if (!any_whole) status.add_warnings("There is no backup: `cardvault backup create`.");
    if (any_overdue) {
      status.add_warnings(
          "A backup is past its expiry and could not be deleted, so deleted cards are in it still: "
          "mend or mount the backup directory.");
    }
    const absl::StatusOr<std::vector<std::string>> unlisted = parts_.backups.Unlisted();
    if (!unlisted.ok()) {
      status.add_warnings(
          "The backup directory cannot be used: mount its volume; docs/configuration.md says what "
          "it "
          "must be.");
    } else if (!unlisted->empty()) {
      status.add_warnings(
          "The backup directory holds backups that are not listed, and nothing deletes them: see "
          "`cardvault backup list`.");
    }
    return absl::OkStatus();
  }

  void AddCheckpoints(admin::v1::GetStatusResponse& status) const {
    const CheckpointState state = parts_.checkpointer.GetState();
    status.set_checkpoint_entry_count(static_cast<int64_t>(state.signed_size));
    if (state.sinks.empty()) {
      status.add_warnings(
          "The audit log's checkpoints go nowhere outside: name a file or syslog under "
          "audit.sinks, "
          "or nothing shows that the data directory was put back.");
    }
    for (const CheckpointState::Sink& sink : state.sinks) {
      if (sink.status.ok()) continue;
      status.add_warnings(
          "A sink under audit.sinks takes no checkpoints: see `audit.sink` in the process log.");
      break;
    }
    if (parts_.serving.Current().Has(Restriction::kLogFailing)) {
      status.add_warnings(
          "The audit log cannot be written as it must be, so nothing is done that it must tell of: "
          "give the data volume room, or mend the required sink; no restart is needed.");
    }
  }

  absl::StatusOr<admin::v1::ApplyRolesResponse> ApplyMap(const Caller& caller,
                                                         admin::v1::ApplyRolesRequest& request) {
    RETURN_IF_ERROR(CheckDocument(request.document()));
    ASSIGN_OR_RETURN(RoleBook::Applied applied,
                     parts_.roles.Apply(request.document(), request.check_only(), caller.origin));
    if (!applied.changed) RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "role check"));
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
    RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "roles"));
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
  RouteAdmin routes_;
  PaymentAdmin payments_;
  MerchantAdmin merchants_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewSystemService(SystemServiceParts parts) {
  return std::make_unique<SystemServiceImpl>(std::move(parts));
}

}  // namespace cardvault
