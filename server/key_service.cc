#include "server/key_service.h"

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "keys/keyring.h"
#include "server/admin_steps.h"

namespace cardvault {
namespace {

using Service = admin::v1::KeyService;
using RawDestruction =
    Service::WithRawCallbackMethod_MarkKeyCompromised<Service::WithRawCallbackMethod_DestroyKey<
        Service::WithRawCallbackMethod_DestroyKek<Service::Service>>>;
using RawReencryption = Service::WithRawCallbackMethod_StartReencryption<
    Service::WithRawCallbackMethod_PauseReencryption<
        Service::WithRawCallbackMethod_ResumeReencryption<
            Service::WithRawCallbackMethod_WatchReencryption<RawDestruction>>>>;
using RawKeyService = Service::WithRawCallbackMethod_GetKeyStatus<
    Service::WithRawCallbackMethod_ListKeys<Service::WithRawCallbackMethod_RotateKey<
        Service::WithRawCallbackMethod_RotateKek<RawReencryption>>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class KeyServiceImpl final : public RawKeyService {
 public:
  explicit KeyServiceImpl(const KeyServiceParts& parts) : parts_(parts) {}

  ServerUnaryReactor* GetKeyStatus(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return Run<admin::v1::GetKeyStatusRequest, admin::v1::GetKeyStatusResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/GetKeyStatus",
        [this](const Caller& caller, const admin::v1::GetKeyStatusRequest&)
            -> absl::StatusOr<admin::v1::GetKeyStatusResponse> {
          RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "key status"));
          return Status();
        });
  }
  ServerUnaryReactor* ListKeys(CallbackServerContext* context, const ByteBuffer* in,
                               ByteBuffer* out) override {
    return Run<admin::v1::ListKeysRequest, admin::v1::ListKeysResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/ListKeys",
        [this](const Caller& caller, const admin::v1::ListKeysRequest& request)
            -> absl::StatusOr<admin::v1::ListKeysResponse> {
          ASSIGN_OR_RETURN(admin::v1::ListKeysResponse keys, parts_.admin.List(caller, request));
          RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "keys"));
          return keys;
        });
  }
  ServerUnaryReactor* RotateKey(CallbackServerContext* context, const ByteBuffer* in,
                                ByteBuffer* out) override {
    return Run<admin::v1::RotateKeyRequest, admin::v1::RotateKeyResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/RotateKey",
        [this](const Caller& caller, const admin::v1::RotateKeyRequest& request) {
          return parts_.admin.Rotate(caller.origin, request);
        });
  }
  ServerUnaryReactor* RotateKek(CallbackServerContext* context, const ByteBuffer* in,
                                ByteBuffer* out) override {
    return Run<admin::v1::RotateKekRequest, admin::v1::RotateKekResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/RotateKek",
        [this](const Caller& caller, const admin::v1::RotateKekRequest& request) {
          return parts_.keks.Rotate(caller.origin, request);
        });
  }
  ServerUnaryReactor* MarkKeyCompromised(CallbackServerContext* context, const ByteBuffer* in,
                                         ByteBuffer* out) override {
    return Run<admin::v1::MarkKeyCompromisedRequest, admin::v1::MarkKeyCompromisedResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/MarkKeyCompromised",
        [this](const Caller& caller, const admin::v1::MarkKeyCompromisedRequest& request) {
          return parts_.admin.MarkCompromised(caller.origin, request);
        });
  }
  ServerUnaryReactor* DestroyKey(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run<admin::v1::DestroyKeyRequest, admin::v1::DestroyKeyResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/DestroyKey",
        [this](const Caller& caller, const admin::v1::DestroyKeyRequest& request) {
          return parts_.admin.Destroy(caller.origin, request);
        });
  }
  ServerUnaryReactor* DestroyKek(CallbackServerContext* context, const ByteBuffer* in,
                                 ByteBuffer* out) override {
    return Run<admin::v1::DestroyKekRequest, admin::v1::DestroyKekResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/DestroyKek",
        [this](const Caller& caller, const admin::v1::DestroyKekRequest& request) {
          return parts_.keks.Destroy(caller.origin, request);
        });
  }
  ServerUnaryReactor* StartReencryption(CallbackServerContext* context, const ByteBuffer* in,
                                        ByteBuffer* out) override {
    return Run<admin::v1::StartReencryptionRequest, admin::v1::StartReencryptionResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/StartReencryption",
        [this](const Caller& caller, const admin::v1::StartReencryptionRequest& request) {
          return parts_.admin.StartReencryption(caller, request);
        });
  }
  ServerUnaryReactor* PauseReencryption(CallbackServerContext* context, const ByteBuffer* in,
                                        ByteBuffer* out) override {
    return Run<admin::v1::PauseReencryptionRequest, admin::v1::PauseReencryptionResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/PauseReencryption",
        [this](const Caller& caller, const admin::v1::PauseReencryptionRequest& request) {
          return parts_.admin.PauseReencryption(caller, request);
        });
  }
  ServerUnaryReactor* ResumeReencryption(CallbackServerContext* context, const ByteBuffer* in,
                                         ByteBuffer* out) override {
    return Run<admin::v1::ResumeReencryptionRequest, admin::v1::ResumeReencryptionResponse>(
        context, in, out, "/cardvault.admin.v1.KeyService/ResumeReencryption",
        [this](const Caller& caller, const admin::v1::ResumeReencryptionRequest& request) {
          return parts_.admin.ResumeReencryption(caller, request);
        });
  }
  grpc::ServerWriteReactor<ByteBuffer>* WatchReencryption(CallbackServerContext* context,
                                                          const ByteBuffer* in) override {
    using admin::v1::ReencryptionProgress;
    return parts_.shell.ServeWatch<admin::v1::WatchReencryptionRequest, ReencryptionProgress>(
        context, in, RuleOf("/cardvault.admin.v1.KeyService/WatchReencryption"), parts_.executor,
        [this](const Caller& caller, const admin::v1::WatchReencryptionRequest&)
            -> absl::StatusOr<RpcShell::NextMessage> {
          RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "re-encryption"));
          return [this](google::protobuf::Message& message) {
            auto& progress = static_cast<ReencryptionProgress&>(message);
            progress = parts_.admin.Progress();
            return progress.state() == "running";
          };
        });
  }

 private:
  // On the executor: it waits for commits.
  template <typename Request, typename Response, typename Work>
  ServerUnaryReactor* Run(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                          absl::string_view method, Work work) {
    return parts_.shell.ServeOn<Request, Response>(context, in, out, RuleOf(method),
                                                   parts_.executor, std::move(work));
  }

  admin::v1::GetKeyStatusResponse Status() const {
    admin::v1::GetKeyStatusResponse status;
    absl::StatusOr<std::shared_ptr<const Keyring>> keyring = parts_.keyring.Snapshot();
    status.set_seal_state(keyring.ok() ? admin::v1::SEAL_STATE_UNSEALED
                                       : admin::v1::SEAL_STATE_SEALED);
    if (absl::StatusOr<KekVersionInfo> kek = parts_.manager.ReadKek(); kek.ok()) {
      status.set_kek_provider(kek->provider);
      status.set_kek_check_value(kek->check_value);
    }
    if (keyring.ok()) {
      status.set_keyring_revision(static_cast<int64_t>((*keyring)->revision()));
      status.set_vault_id((*keyring)->vault_id());
    }
    return status;
  }

  const KeyServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewKeyService(const KeyServiceParts& parts) {
  return std::make_unique<KeyServiceImpl>(parts);
}

}  // namespace cardvault
