#include "server/key_service.h"

#include <string>
#include <utility>

#include "base/status.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

using Service = admin::v1::KeyService;
using RawKeyService = Service::WithRawCallbackMethod_GetKeyStatus<
    Service::WithRawCallbackMethod_ListKeys<Service::Service>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class KeyServiceImpl final : public RawKeyService {
 public:
  KeyServiceImpl(RpcShell& shell, const KeyringHolder& keyring, const KekProvider& kek,
                 CommitPipeline& pipeline)
      : shell_(shell), keyring_(keyring), kek_(kek), pipeline_(pipeline) {}

  ServerUnaryReactor* GetKeyStatus(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return shell_.Serve<admin::v1::GetKeyStatusRequest, admin::v1::GetKeyStatusResponse>(
        context, in, out, RuleOf("/cardvault.admin.v1.KeyService/GetKeyStatus"),
        [this](const Caller& caller, admin::v1::GetKeyStatusRequest&,
               Done<admin::v1::GetKeyStatusResponse> done) {
          TellOfRead(caller, "key status", Status(), std::move(done));
        });
  }

  ServerUnaryReactor* ListKeys(CallbackServerContext* context, const ByteBuffer* in,
                               ByteBuffer* out) override {
    return shell_.Serve<admin::v1::ListKeysRequest, admin::v1::ListKeysResponse>(
        context, in, out, RuleOf("/cardvault.admin.v1.KeyService/ListKeys"),
        [this](const Caller& caller, admin::v1::ListKeysRequest&,
               Done<admin::v1::ListKeysResponse> done) {
          absl::StatusOr<admin::v1::ListKeysResponse> keys = Keys();
          if (!keys.ok()) return std::move(done)(keys.status());
          TellOfRead(caller, "keys", *std::move(keys), std::move(done));
        });
  }

 private:
  // Commits the entry of a read, then answers.
  template <typename Response>
  void TellOfRead(const Caller& caller, const char* what, Response response, Done<Response> done) {
    WriteSet set;
    AuditLeaf leaf{AuditAction::kAdminRead};
    leaf.origin = caller.origin;
    leaf.object = what;
    set.leaves.push_back(std::move(leaf));
    pipeline_.Submit(std::move(set), [response = std::move(response),
                                      done = std::move(done)](CommitResult result) mutable {
      if (!result.committed()) return std::move(done)(result.status);
      std::move(done)(std::move(response));
    });
  }

  admin::v1::GetKeyStatusResponse Status() const {
    admin::v1::GetKeyStatusResponse status;
    absl::StatusOr<std::shared_ptr<const Keyring>> keyring = keyring_.Snapshot();
    status.set_seal_state(keyring.ok() ? admin::v1::SEAL_STATE_UNSEALED
                                       : admin::v1::SEAL_STATE_SEALED);
    status.set_kek_provider(std::string(kek_.name()));
    status.set_kek_check_value(kek_.check_value());
    if (keyring.ok()) {
      status.set_keyring_revision(static_cast<int64_t>((*keyring)->revision()));
      status.set_vault_id((*keyring)->vault_id());
    }
    return status;
  }

  absl::StatusOr<admin::v1::ListKeysResponse> Keys() const {
    ASSIGN_OR_RETURN(std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
    admin::v1::ListKeysResponse response;
    for (const KeyVersionInfo& key : keyring->Inventory()) {
      admin::v1::KeyVersionInfo* shown = response.add_keys();
      shown->set_purpose(std::string(PurposeName(key.purpose)));
      shown->set_version(static_cast<int32_t>(key.version));
      shown->set_algorithm(std::string(AlgorithmName(AlgorithmOf(key.purpose))));
      shown->set_state(static_cast<admin::v1::KeyState>(key.state));
      *shown->mutable_create_time() = ToTimestamp(key.create_time);
      shown->set_reserved_use_count(static_cast<int64_t>(key.reserved_uses));
      shown->set_max_use_count(static_cast<int64_t>(key.max_uses));
      shown->set_check_value(key.check_value);
    }
    return response;
  }

  RpcShell& shell_;
  const KeyringHolder& keyring_;
  const KekProvider& kek_;
  CommitPipeline& pipeline_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewKeyService(RpcShell& shell, const KeyringHolder& keyring,
                                             const KekProvider& kek, CommitPipeline& pipeline) {
  return std::make_unique<KeyServiceImpl>(shell, keyring, kek, pipeline);
}

}  // namespace cardvault
