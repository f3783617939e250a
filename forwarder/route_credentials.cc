#include "forwarder/route_credentials.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/connector_registry.h"
#include "vault/commit/write_set.h"

namespace cardvault {
namespace {

// The key or the credential changes between reading and commit once, not again and again.
constexpr int kMaxTries = 3;

std::vector<std::string> NamesOf(const Route& route) {
  const Connector* connector = FindConnector(route.connector);
  CV_CHECK(connector != nullptr);  // ParseRoute takes no others
  return connector->CredentialNames(*route.settings);
}

// The connector's own spelling of the name: what the audit log gets.
absl::StatusOr<std::string> KnownName(const Route& route, absl::string_view name) {
  for (std::string& known : NamesOf(route)) {
    if (known == name) return std::move(known);
  }
  return InvalidArgument(ErrorReason::kFieldInvalid, "name",
                         "this route's connector has no credential of that name");
}

}  // namespace

absl::Status RouteCredentials::CheckSecret(const SecretBytes& secret) {
  if (secret.empty()) {
    return InvalidArgument(ErrorReason::kFieldMissing, "secret", "the secret is empty");
  }
  if (secret.size() > kMaxCredentialSize) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "secret",
                           "the secret is longer than 4096 bytes");
  }
  return absl::OkStatus();
}

absl::StatusOr<CredentialInfo> RouteCredentials::Set(const Route& route, absl::string_view name,
                                                     const SecretBytes& secret,
                                                     const Warrant& warrant) {
  RETURN_IF_ERROR(CheckSecret(secret));
  return Commit(
      AuditAction::kCredentialSet, route, name, warrant, [&](const Keyring& keyring, WriteSet& set) {
        return CredentialRows::Replace(keyring, route.name, name, secret, clock_.Now(), set);
      });
}

absl::StatusOr<CredentialInfo> RouteCredentials::Rotate(const Route& route, absl::string_view name,
                                                        const SecretBytes& secret,
                                                        const Warrant& warrant) {
  RETURN_IF_ERROR(CheckSecret(secret));
  return Commit(AuditAction::kCredentialRotated, route, name, warrant,
                [&](const Keyring& keyring, WriteSet& set) {
                  return rows_.Rotate(keyring, route.name, name, secret, clock_.Now(), set);
                });
}

absl::StatusOr<CredentialInfo> RouteCredentials::Retire(const Route& route, absl::string_view name,
                                                        const Warrant& warrant) {
  return Commit(AuditAction::kCredentialRetired, route, name, warrant,
                [&](const Keyring&, WriteSet& set) -> absl::StatusOr<uint32_t> {
                  RETURN_IF_ERROR(rows_.Retire(route.name, name, set));
                  return 0;
                });
}

absl::StatusOr<CredentialInfo> RouteCredentials::Commit(AuditAction action, const Route& route,
                                                        absl::string_view name,
                                                        const Warrant& warrant, Change change) {
  ASSIGN_OR_RETURN(const std::string known, KnownName(route, name));
  for (int tries = 1; tries <= kMaxTries; ++tries) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
    WriteSet set;
    AuditLeaf leaf{action};
    leaf.origin = warrant.origin;
    leaf.object = absl::StrCat(route.name.value(), "/", known);
    ASSIGN_OR_RETURN(leaf.key_version, change(*keyring, set));
    set.leaves = {std::move(leaf)};
    warrant.Join(set);
    const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
    if (result.committed()) return InfoOf(route, known);
    if (result.kind == CommitResult::Kind::kFailed) return result.status;
  }
  return Aborted(ErrorReason::kRevision, "the credential or its key keeps changing: try again");
}

absl::StatusOr<CredentialInfo> RouteCredentials::InfoOf(const Route& route,
                                                        absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::optional<CredentialRows::Times> times,
                   rows_.SetTimes(route.name, name));
  CredentialInfo info{std::string(name), times.has_value(), absl::Time(), std::nullopt};
  if (times.has_value()) {
    info.set_time = times->current;
    info.previous_set_time = times->previous;
  }
  return info;
}

absl::StatusOr<std::vector<CredentialInfo>> RouteCredentials::List(const Route& route) const {
  std::vector<CredentialInfo> credentials;
  for (const std::string& name : NamesOf(route)) {
    ASSIGN_OR_RETURN(CredentialInfo info, InfoOf(route, name));
    credentials.push_back(std::move(info));
  }
  return credentials;
}

absl::StatusOr<RouteSecrets> RouteCredentials::Open(const Route& route) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
  RouteSecrets secrets;
  for (const std::string& name : NamesOf(route)) {
    ASSIGN_OR_RETURN(std::optional<CredentialRows::Versions> versions,
                     rows_.Open(*keyring, route.name, name));
    if (!versions.has_value()) {
      return InvalidArgument(ErrorReason::kRouteUnknown, "route",
                             "the route cannot be used yet: its credentials are not set");
    }
    RouteSecret& secret = secrets[name];
    secret.current = std::make_shared<const SecretBytes>(std::move(versions->current));
    if (versions->previous.has_value()) {
      secret.previous = std::make_shared<const SecretBytes>(*std::move(versions->previous));
    }
  }
  return secrets;
}

}  // namespace cardvault
