#include "forwarder/credential_rows.h"

#include <memory>
#include <utility>

#include "base/length_prefix.h"
#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "keys/aead_key.h"
#include "keys/key_purpose.h"
#include "keys/secret_sealing.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr uint32_t kSlot = 0;

std::string RowKey(const RouteName& route, absl::string_view name) {
  std::string key = route.value();
  key.push_back('\0');
  key.append(name.data(), name.size());
  key.push_back('\0');
  return key + BigEndian32(kSlot);
}

std::string AssociatedData(const Keyring& keyring, const RouteName& route, absl::string_view name,
                           uint32_t key_version) {
  return LengthPrefixed({"cardvault route credential v1", keyring.vault_id(), route.value(), name,
                         BigEndian32(kSlot), BigEndian32(key_version)});
}

absl::StatusOr<std::optional<storage::v1::CredentialRow>> Read(const Engine& engine,
                                                               const RouteName& route,
                                                               absl::string_view name) {
  ASSIGN_OR_RETURN(const std::optional<Row> row,
                   engine.Get(Table::kCredentials, RowKey(route, name)));
  if (!row.has_value()) return std::nullopt;
  storage::v1::CredentialRow credential;
  if (!credential.ParseFromString(row->value)) {
    return DataLoss("a stored credential does not parse");
  }
  if (credential.format_version() != kFormatVersion) {
    return DataLoss("a stored credential has an unknown format version");
  }
  return credential;
}

}  // namespace

absl::StatusOr<uint32_t> CredentialRows::Put(const Keyring& keyring, const RouteName& route,
                                             absl::string_view name, const SecretBytes& secret,
                                             absl::Time now, WriteSet& set) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                   keyring.ActiveAead(KeyPurpose::kRouteCredential));
  ASSIGN_OR_RETURN(std::string sealed,
                   SealSecret(*key, secret, AssociatedData(keyring, route, name, key->version())));
  storage::v1::CredentialRow row;
  row.set_format_version(kFormatVersion);
  row.set_key_version(key->version());
  row.set_sealed(std::move(sealed));
  row.set_set_micros(absl::ToUnixMicros(now));
  set.puts.push_back({Table::kCredentials, RowKey(route, name), row.SerializeAsString()});
  set.sealed_under.push_back({KeyPurpose::kRouteCredential, key->version()});
  return key->version();
}

absl::StatusOr<std::optional<absl::Time>> CredentialRows::SetTime(const RouteName& route,
                                                                  absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::optional<storage::v1::CredentialRow> row, Read(engine_, route, name));
  if (!row.has_value()) return std::nullopt;
  return absl::FromUnixMicros(row->set_micros());
}

absl::StatusOr<std::optional<SecretBytes>> CredentialRows::Open(const Keyring& keyring,
                                                                const RouteName& route,
                                                                absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::optional<storage::v1::CredentialRow> row, Read(engine_, route, name));
  if (!row.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                   keyring.AeadVersion(KeyPurpose::kRouteCredential, row->key_version()));
  ASSIGN_OR_RETURN(
      SecretBytes secret,
      key->Open(row->sealed(), AssociatedData(keyring, route, name, row->key_version())));
  return std::optional<SecretBytes>(std::move(secret));
}

}  // namespace cardvault
