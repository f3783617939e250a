#include "forwarder/route_book.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "forwarder/connector_registry.h"
#include "forwarder/credential_rows.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr absl::string_view kRowPrefix = "route/";
// Routes are tens; a table of more is damaged.
constexpr size_t kMaxRoutes = 10'000;
// A rotation between sealing and commit happens once, not again and again.
constexpr int kMaxSealTries = 3;

std::string RowKey(const RouteName& name) { return absl::StrCat(kRowPrefix, name.value()); }

absl::StatusOr<RouteInForce> ParseRow(const KeyedRow& row) {
  storage::v1::RouteRow stored;
  if (!stored.ParseFromString(row.row.value) || stored.format_version() != kFormatVersion) {
    return DataLoss("a stored route does not parse or has an unknown format version");
  }
  const ParsedRoute parsed = ParseRoute(stored.document());
  if (parsed.route == nullptr || RowKey(parsed.route->name) != row.key) {
    return DataLoss("a stored route document does not parse, or is another route's");
  }
  return RouteInForce{parsed.route, row.row.revision, absl::FromUnixMicros(stored.update_micros()),
                      stored.disabled()};
}

absl::Status RouteUnknown() {
  return InvalidArgument(ErrorReason::kRouteUnknown, "route",
                         "there is no such route for this merchant");
}

std::vector<std::string> CredentialNamesOf(const Route& route) {
  const Connector* connector = FindConnector(route.connector);
  CV_CHECK(connector != nullptr);  // ParseRoute takes no others
  return connector->CredentialNames(*route.settings);
}

}  // namespace

RouteBook::RouteBook(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                     const Clock& clock)
    : engine_(engine), pipeline_(pipeline), keyring_(keyring), clock_(clock) {}

absl::StatusOr<std::unique_ptr<RouteBook>> RouteBook::Load(const Engine& engine,
                                                           CommitPipeline& pipeline,
                                                           const KeyringHolder& keyring,
                                                           const Clock& clock) {
  std::unique_ptr<RouteBook> book(new RouteBook(engine, pipeline, keyring, clock));
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   engine.Scan(Table::kPolicy, kRowPrefix, PrefixEnd(kRowPrefix), kMaxRoutes));
  absl::MutexLock lock(&book->mutex_);
  for (const KeyedRow& row : rows) {
    ASSIGN_OR_RETURN(RouteInForce route, ParseRow(row));
    const std::string name = route.route->name.value();
    book->routes_[name] = std::move(route);
  }
  return book;
}

absl::StatusOr<RouteInForce> RouteBook::ForMerchant(const RouteName& name,
                                                    const MerchantId& merchant) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = routes_.find(name.value());
  if (found == routes_.end() || found->second.disabled) return RouteUnknown();
  const std::vector<MerchantId>& owners = found->second.route->owners;
  if (std::find(owners.begin(), owners.end(), merchant) == owners.end()) return RouteUnknown();
  return found->second;
}

absl::StatusOr<RouteInForce> RouteBook::InForce(const RouteName& name) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = routes_.find(name.value());
  if (found == routes_.end()) return NotFound(ErrorReason::kNotFound, "there is no such route");
  return found->second;
}

std::vector<RouteInForce> RouteBook::All() const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<RouteInForce> routes;
  for (const auto& [name, route] : routes_) routes.push_back(route);
  return routes;
}

absl::StatusOr<RouteBook::Applied> RouteBook::Apply(absl::string_view document, bool check_only,
                                                    const AuditOrigin& origin) {
  ParsedRoute parsed = ParseRoute(document);
  Applied applied;
  if (!parsed.mistakes.empty()) {
    applied.mistakes = std::move(parsed.mistakes);
    return applied;
  }
  const std::string name = parsed.route->name.value();
  std::optional<RouteInForce> before;
  {
    absl::ReaderMutexLock lock(&mutex_);
    const auto found = routes_.find(name);
    if (found != routes_.end()) before = found->second;
  }
  if (before.has_value() && before->route->document == parsed.route->document) {
    applied.route = *std::move(before);
    return applied;
  }
  const absl::Time now = clock_.Now();
  // Disabling is a decision of its own: a new document does not undo it.
  const bool disabled = before.has_value() && before->disabled;
  applied.route = {parsed.route, 0, now, disabled};
  if (check_only) return applied;

  storage::v1::RouteRow row;
  row.set_format_version(kFormatVersion);
  row.set_document(parsed.route->document);
  row.set_update_micros(absl::ToUnixMicros(now));
  row.set_disabled(disabled);
  const std::string key = RowKey(parsed.route->name);
  WriteSet set;
  set.preconditions = {before.has_value()
                           ? Precondition::Unchanged(Table::kPolicy, key, before->revision)
                           : Precondition::Absent(Table::kPolicy, key)};
  set.puts = {{Table::kPolicy, key, row.SerializeAsString()}};
  AuditLeaf leaf{};
  leaf.action = AuditAction::kRouteApplied;
  leaf.origin = origin;
  leaf.object = name;
  set.leaves = {std::move(leaf)};
  const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (result.kind == CommitResult::Kind::kConditionFailed) {
    return Aborted(ErrorReason::kRevision, "another operator changed this route meanwhile");
  }
  if (!result.committed()) return result.status;
  applied.route.revision = result.revision;
  applied.changed = true;
  absl::MutexLock lock(&mutex_);
  RouteInForce& in_force = routes_[name];
  if (in_force.revision <= result.revision) in_force = applied.route;
  return applied;
}

absl::StatusOr<CredentialInfo> RouteBook::SetCredential(const RouteName& route,
                                                        absl::string_view name, SecretBytes secret,
                                                        const AuditOrigin& origin) {
  ASSIGN_OR_RETURN(const std::vector<CredentialInfo> known, Credentials(route));
  const auto is_it = [&](const CredentialInfo& info) { return info.name == name; };
  if (std::none_of(known.begin(), known.end(), is_it)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "name",
                           "this route's connector has no credential of that name");
  }
  if (secret.empty()) {
    return InvalidArgument(ErrorReason::kFieldMissing, "secret", "the secret is empty");
  }
  if (secret.size() > kMaxCredentialSize) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "secret",
                           "the secret is longer than 4096 bytes");
  }
  for (int tries = 1;; ++tries) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
    const absl::Time now = clock_.Now();
    WriteSet set;
    AuditLeaf leaf{};
    leaf.action = AuditAction::kCredentialSet;
    leaf.origin = origin;
    leaf.object = absl::StrCat(route.value(), "/", name);
    ASSIGN_OR_RETURN(leaf.key_version,
                     CredentialRows::Put(*keyring, route, name, secret, now, set));
    set.leaves = {std::move(leaf)};
    const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
    if (result.kind == CommitResult::Kind::kSealedUnderStaleKey && tries < kMaxSealTries) continue;
    if (!result.committed()) return result.status;
    return CredentialInfo{std::string(name), true, now};
  }
}

absl::StatusOr<std::vector<CredentialInfo>> RouteBook::Credentials(const RouteName& route) const {
  ASSIGN_OR_RETURN(const RouteInForce in_force, InForce(route));
  std::vector<CredentialInfo> credentials;
  for (const std::string& name : CredentialNamesOf(*in_force.route)) {
    ASSIGN_OR_RETURN(const std::optional<absl::Time> set_time,
                     CredentialRows(engine_).SetTime(route, name));
    credentials.push_back({name, set_time.has_value(), set_time.value_or(absl::Time())});
  }
  return credentials;
}

absl::StatusOr<RouteSecrets> RouteBook::OpenCredentials(const Route& route) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
  RouteSecrets secrets;
  for (const std::string& name : CredentialNamesOf(route)) {
    ASSIGN_OR_RETURN(std::optional<SecretBytes> secret,
                     CredentialRows(engine_).Open(*keyring, route.name, name));
    if (!secret.has_value()) {
      return InvalidArgument(ErrorReason::kRouteUnknown, "route",
                             "the route cannot be used yet: its credentials are not set");
    }
    secrets[name].current = std::make_shared<const SecretBytes>(*std::move(secret));
  }
  return secrets;
}

}  // namespace cardvault
