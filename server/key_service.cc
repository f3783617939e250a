#include "server/key_service.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "server/wire/field_checks.h"
#include "vault/keyring_row_store.h"

namespace cardvault {
namespace {

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

using Service = admin::v1::KeyService;
using RawKeyService =
    Service::WithRawCallbackMethod_GetKeyStatus<Service::WithRawCallbackMethod_ListKeys<
        Service::WithRawCallbackMethod_RotateKey<Service::Service>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

admin::v1::KeyVersionInfo Shown(const KeyVersionInfo& key) {
  admin::v1::KeyVersionInfo shown;
  shown.set_purpose(std::string(PurposeName(key.purpose)));
  shown.set_version(static_cast<int32_t>(key.version));
  shown.set_algorithm(std::string(AlgorithmName(AlgorithmOf(key.purpose))));
  shown.set_state(static_cast<admin::v1::KeyState>(key.state));
  *shown.mutable_create_time() = ToTimestamp(key.create_time);
  shown.set_reserved_use_count(static_cast<int64_t>(key.reserved_uses));
  shown.set_max_use_count(static_cast<int64_t>(key.max_uses));
  shown.set_check_value(key.check_value);
  return shown;
}

std::optional<KeyPurpose> PurposeNamed(absl::string_view name) {
  for (const KeyPurpose purpose : AllPurposes()) {
    if (PurposeName(purpose) == name) return purpose;
  }
  return std::nullopt;
}

class KeyServiceImpl final : public RawKeyService {
 public:
  explicit KeyServiceImpl(const KeyServiceParts& parts) : parts_(parts) {}

  ServerUnaryReactor* GetKeyStatus(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return parts_.shell.Serve<admin::v1::GetKeyStatusRequest, admin::v1::GetKeyStatusResponse>(
        context, in, out, RuleOf("/cardvault.admin.v1.KeyService/GetKeyStatus"),
        [this](const Caller& caller, admin::v1::GetKeyStatusRequest&,
               Done<admin::v1::GetKeyStatusResponse> done) {
          TellOfRead(caller, "key status", Status(), std::move(done));
        });
  }

  ServerUnaryReactor* ListKeys(CallbackServerContext* context, const ByteBuffer* in,
                               ByteBuffer* out) override {
    return parts_.shell.Serve<admin::v1::ListKeysRequest, admin::v1::ListKeysResponse>(
        context, in, out, RuleOf("/cardvault.admin.v1.KeyService/ListKeys"),
        [this](const Caller& caller, admin::v1::ListKeysRequest&,
               Done<admin::v1::ListKeysResponse> done) {
          absl::StatusOr<admin::v1::ListKeysResponse> keys = Keys();
          if (!keys.ok()) return std::move(done)(keys.status());
          TellOfRead(caller, "keys", *std::move(keys), std::move(done));
        });
  }

  ServerUnaryReactor* RotateKey(CallbackServerContext* context, const ByteBuffer* in,
                                ByteBuffer* out) override {
    return parts_.shell.Serve<admin::v1::RotateKeyRequest, admin::v1::RotateKeyResponse>(
        context, in, out, RuleOf("/cardvault.admin.v1.KeyService/RotateKey"),
        [this](const Caller& caller, admin::v1::RotateKeyRequest& request,
               Done<admin::v1::RotateKeyResponse> done) {
          parts_.executor.Post(
              [this, caller, request = std::move(request), done = std::move(done)]() mutable {
                std::move(done)(Rotate(caller, request));
              });
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
    parts_.pipeline.Submit(std::move(set), [response = std::move(response),
                                            done = std::move(done)](CommitResult result) mutable {
      if (!result.committed()) return std::move(done)(result.status);
      std::move(done)(std::move(response));
    });
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

  absl::StatusOr<admin::v1::ListKeysResponse> Keys() const {
    ASSIGN_OR_RETURN(std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
    admin::v1::ListKeysResponse response;
    for (const KeyVersionInfo& key : keyring->Inventory()) *response.add_keys() = Shown(key);
    return response;
  }

  // Blocks on KEK and commit.
  absl::StatusOr<admin::v1::RotateKeyResponse> Rotate(const Caller& caller,
                                                      const admin::v1::RotateKeyRequest& request) {
    const std::optional<KeyPurpose> purpose = PurposeNamed(request.purpose());
    if (!purpose.has_value()) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "purpose",
                             "there is no such purpose: ListKeys shows them");
    }
    KeyringRowStore store(parts_.engine, parts_.pipeline, caller.origin);
    ASSIGN_OR_RETURN(const uint32_t version, parts_.manager.Rotate(*purpose, store));
    ASSIGN_OR_RETURN(std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
    admin::v1::RotateKeyResponse response;
    for (const KeyVersionInfo& key : keyring->Inventory()) {
      if (key.purpose == *purpose && key.version == version) *response.mutable_key() = Shown(key);
    }
    return response;
  }

  const KeyServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewKeyService(const KeyServiceParts& parts) {
  return std::make_unique<KeyServiceImpl>(parts);
}

}  // namespace cardvault
