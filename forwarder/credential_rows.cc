#include "forwarder/credential_rows.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error_reason.h"
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
constexpr uint32_t kCurrentSlot = 0;
constexpr uint32_t kPreviousSlot = 1;
constexpr size_t kSlots = 2;

// Which credential: its rows differ by slot alone.
struct Place {
  const RouteName& route;
  absl::string_view name;
};

absl::Status ImpossibleKey() {
  return DataLoss("a stored credential stands under an impossible key");
}

// A row's key says where it belongs: route, NUL, name, NUL, slot.
absl::StatusOr<RouteName> RouteOfKey(absl::string_view key) {
  absl::StatusOr<RouteName> route = RouteName::Parse(key.substr(0, key.find('\0')), "route");
  if (!route.ok()) return ImpossibleKey();
  return route;
}

absl::string_view NameOfKey(absl::string_view key) {
  const absl::string_view rest = key.substr(std::min(key.find('\0'), key.size() - 1) + 1);
  return rest.substr(0, rest.find('\0'));
}

absl::StatusOr<storage::v1::CredentialRow> Decode(absl::string_view value) {
  storage::v1::CredentialRow row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return DataLoss("a stored credential does not parse");
  }
  if (row.format_version() != kFormatVersion) {
    return DataLoss("a stored credential has an unknown format version");
  }
  return row;
}

std::string RowPrefix(const Place& place) {
  std::string key = place.route.value();
  key.push_back('\0');
  key.append(place.name.data(), place.name.size());
  key.push_back('\0');
  return key;
}

std::string RowKey(const Place& place, uint32_t slot) {
  return RowPrefix(place) + BigEndian32(slot);
}

std::string AssociatedData(const Keyring& keyring, const Place& place, uint32_t slot,
                           uint32_t key_version) {
  return LengthPrefixed({"cardvault route credential v1", keyring.vault_id(), place.route.value(),
                         place.name, BigEndian32(slot), BigEndian32(key_version)});
}

struct StoredVersion {
  storage::v1::CredentialRow row;
  uint64_t revision = 0;

  absl::Time set_time() const { return absl::FromUnixMicros(row.set_micros()); }
};

struct StoredCredential {
  std::optional<StoredVersion> current;
  std::optional<StoredVersion> previous;
};

// One scan reads both slots of one moment: a rotation shows as before it or as after it.
absl::StatusOr<StoredCredential> Read(const Engine& engine, const Place& place) {
  const std::string prefix = RowPrefix(place);
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   engine.Scan(Table::kCredentials, prefix, PrefixEnd(prefix), kSlots + 1));
  StoredCredential credential;
  for (const KeyedRow& keyed : rows) {
    StoredVersion version{{}, keyed.row.revision};
    ASSIGN_OR_RETURN(version.row, Decode(keyed.row.value));
    if (keyed.key == RowKey(place, kCurrentSlot)) {
      credential.current = std::move(version);
    } else if (keyed.key == RowKey(place, kPreviousSlot)) {
      credential.previous = std::move(version);
    } else {
      return DataLoss("a stored credential has an unknown slot");
    }
  }
  if (credential.previous.has_value() && !credential.current.has_value()) {
    return DataLoss("a stored credential has an earlier version and no current one");
  }
  return credential;
}

absl::StatusOr<SecretBytes> OpenVersion(const Keyring& keyring, const Place& place, uint32_t slot,
                                        const storage::v1::CredentialRow& row) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                   keyring.AeadVersion(KeyPurpose::kRouteCredential, row.key_version()));
  return key->Open(row.sealed(), AssociatedData(keyring, place, slot, row.key_version()));
}

absl::Status PutVersion(const AeadKey& key, const Keyring& keyring, const Place& place,
                        uint32_t slot, const SecretBytes& secret, absl::Time set_time,
                        WriteSet& set) {
  storage::v1::CredentialRow row;
  ASSIGN_OR_RETURN(*row.mutable_sealed(),
                   SealSecret(key, secret, AssociatedData(keyring, place, slot, key.version())));
  row.set_format_version(kFormatVersion);
  row.set_key_version(key.version());
  row.set_set_micros(absl::ToUnixMicros(set_time));
  set.puts.push_back({Table::kCredentials, RowKey(place, slot), row.SerializeAsString()});
  return absl::OkStatus();
}

// Seals `secret` into the current slot.
absl::StatusOr<std::shared_ptr<const AeadKey>> PutCurrent(const Keyring& keyring,
                                                          const Place& place,
                                                          const SecretBytes& secret, absl::Time now,
                                                          WriteSet& set) {
  ASSIGN_OR_RETURN(std::shared_ptr<const AeadKey> key,
                   keyring.ActiveAead(KeyPurpose::kRouteCredential));
  RETURN_IF_ERROR(PutVersion(*key, keyring, place, kCurrentSlot, secret, now, set));
  set.sealed_under.push_back({KeyPurpose::kRouteCredential, key->version()});
  return key;
}

Precondition UnchangedSlot(const Place& place, uint32_t slot, const StoredVersion& version) {
  return Precondition::Unchanged(Table::kCredentials, RowKey(place, slot), version.revision);
}

}  // namespace

absl::StatusOr<uint32_t> CredentialRows::Replace(const Keyring& keyring, const RouteName& route,
                                                 absl::string_view name, const SecretBytes& secret,
                                                 absl::Time now, WriteSet& set) {
  const Place place{route, name};
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                   PutCurrent(keyring, place, secret, now, set));
  set.deletes.push_back({Table::kCredentials, RowKey(place, kPreviousSlot)});
  return key->version();
}

absl::StatusOr<uint32_t> CredentialRows::Rotate(const Keyring& keyring, const RouteName& route,
                                                absl::string_view name, const SecretBytes& secret,
                                                absl::Time now, WriteSet& set) const {
  const Place place{route, name};
  ASSIGN_OR_RETURN(const StoredCredential stored, Read(engine_, place));
  if (!stored.current.has_value()) {
    return FailedPrecondition(ErrorReason::kCredentialState,
                              "there is no credential to rotate yet: set it");
  }
  if (stored.previous.has_value()) {
    return FailedPrecondition(ErrorReason::kCredentialState,
                              "a rotation of this credential goes on: retire the earlier version "
                              "first");
  }
  ASSIGN_OR_RETURN(const SecretBytes earlier,
                   OpenVersion(keyring, place, kCurrentSlot, stored.current->row));
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                   PutCurrent(keyring, place, secret, now, set));
  RETURN_IF_ERROR(
      PutVersion(*key, keyring, place, kPreviousSlot, earlier, stored.current->set_time(), set));
  // Slot 1 is as empty as it was read: nothing fills it without writing slot 0.
  set.preconditions.push_back(UnchangedSlot(place, kCurrentSlot, *stored.current));
  return key->version();
}

absl::Status CredentialRows::Retire(const RouteName& route, absl::string_view name,
                                    WriteSet& set) const {
  const Place place{route, name};
  ASSIGN_OR_RETURN(const StoredCredential stored, Read(engine_, place));
  if (!stored.previous.has_value()) {
    return FailedPrecondition(ErrorReason::kCredentialState,
                              "this credential has no earlier version to retire");
  }
  set.deletes.push_back({Table::kCredentials, RowKey(place, kPreviousSlot)});
  set.preconditions.push_back(UnchangedSlot(place, kPreviousSlot, *stored.previous));
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> CredentialRows::KeyVersionOf(const KeyedRow& row) {
  ASSIGN_OR_RETURN(const storage::v1::CredentialRow decoded, Decode(row.row.value));
  return decoded.key_version();
}

absl::StatusOr<bool> CredentialRows::Reseal(const Keyring& keyring, const KeyedRow& row,
                                            WriteSet& set) {
  ASSIGN_OR_RETURN(const storage::v1::CredentialRow before, Decode(row.row.value));
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                   keyring.ActiveAead(KeyPurpose::kRouteCredential));
  if (before.key_version() == key->version()) return false;

  ASSIGN_OR_RETURN(const RouteName route, RouteOfKey(row.key));
  const Place place{route, NameOfKey(row.key)};
  const uint32_t slot = row.key == RowKey(place, kPreviousSlot) ? kPreviousSlot : kCurrentSlot;
  if (row.key != RowKey(place, slot)) return ImpossibleKey();
  ASSIGN_OR_RETURN(const SecretBytes secret, OpenVersion(keyring, place, slot, before));
  RETURN_IF_ERROR(PutVersion(*key, keyring, place, slot, secret,
                             absl::FromUnixMicros(before.set_micros()), set));
  set.preconditions.push_back(
      Precondition::Unchanged(Table::kCredentials, row.key, row.row.revision));
  set.sealed_under.push_back({KeyPurpose::kRouteCredential, key->version()});
  return true;
}

absl::StatusOr<std::vector<Precondition>> CredentialRows::AsTheyAre(const RouteName& route,
                                                                    absl::string_view name) const {
  const Place place{route, name};
  ASSIGN_OR_RETURN(const StoredCredential stored, Read(engine_, place));
  const auto as_it_is = [&](uint32_t slot, const std::optional<StoredVersion>& version) {
    return version.has_value() ? UnchangedSlot(place, slot, *version)
                               : Precondition::Absent(Table::kCredentials, RowKey(place, slot));
  };
  return std::vector<Precondition>{as_it_is(kCurrentSlot, stored.current),
                                   as_it_is(kPreviousSlot, stored.previous)};
}

absl::StatusOr<std::optional<CredentialRows::Times>> CredentialRows::SetTimes(
    const RouteName& route, absl::string_view name) const {
  ASSIGN_OR_RETURN(const StoredCredential stored, Read(engine_, {route, name}));
  if (!stored.current.has_value()) return std::nullopt;
  Times times{stored.current->set_time(), std::nullopt};
  if (stored.previous.has_value()) times.previous = stored.previous->set_time();
  return times;
}

absl::StatusOr<std::optional<CredentialRows::Versions>> CredentialRows::Open(
    const Keyring& keyring, const RouteName& route, absl::string_view name) const {
  const Place place{route, name};
  ASSIGN_OR_RETURN(const StoredCredential stored, Read(engine_, place));
  if (!stored.current.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(SecretBytes current,
                   OpenVersion(keyring, place, kCurrentSlot, stored.current->row));
  std::optional<Versions> versions(Versions{std::move(current), std::nullopt});
  if (stored.previous.has_value()) {
    ASSIGN_OR_RETURN(versions->previous,
                     OpenVersion(keyring, place, kPreviousSlot, stored.previous->row));
  }
  return versions;
}

}  // namespace cardvault
