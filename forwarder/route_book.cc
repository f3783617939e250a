#include "forwarder/route_book.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr absl::string_view kRowPrefix = "route/";
// Routes are tens; a table of more is damaged.
constexpr size_t kMaxRoutes = 10'000;
// Another operator's change between reading and commit happens once, not again and again.
constexpr int kMaxTries = 3;

std::string RowKey(const RouteName& name) { return absl::StrCat(kRowPrefix, name.value()); }

std::string AccountKey(const Route& route) {
  return absl::StrCat("account/", absl::BytesToHexString(route.account));
}

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

WriteSet::Put RowOf(const RouteInForce& route) {
  storage::v1::RouteRow row;
  row.set_format_version(kFormatVersion);
  row.set_document(route.route->document);
  row.set_update_micros(absl::ToUnixMicros(route.update_time));
  row.set_disabled(route.disabled);
  return {Table::kPolicy, RowKey(route.route->name), row.SerializeAsString()};
}

// A route of one owner sends the owner's payment_ids as they are, so that it must not share an
// account with a route of others: whose order "1001" is could not be told there.
bool MixesOrderIds(const Route& route, const Route& other) {
  return route.name.value() != other.name.value() && route.account == other.account &&
         (route.owners.size() == 1 || other.owners.size() == 1) && route.owners != other.owners;
}

absl::Status RouteUnknown() {
  return InvalidArgument(ErrorReason::kRouteUnknown, "route",
                         "there is no such route for this merchant");
}

}  // namespace

RouteBook::RouteBook(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                     const Clock& clock)
    : engine_(engine),
      pipeline_(pipeline),
      clock_(clock),
      credentials_(engine, pipeline, keyring, clock) {}

absl::StatusOr<std::unique_ptr<RouteBook>> RouteBook::Load(const Engine& engine,
                                                           CommitPipeline& pipeline,
                                                           const KeyringHolder& keyring,
                                                           const Clock& clock) {
  std::unique_ptr<RouteBook> book(new RouteBook(engine, pipeline, keyring, clock));
  RETURN_IF_ERROR(book->Refresh());
  return book;
}

absl::StatusOr<std::vector<RouteInForce>> RouteBook::ReadRows() const {
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   engine_.Scan(Table::kPolicy, kRowPrefix, PrefixEnd(kRowPrefix), kMaxRoutes));
  std::vector<RouteInForce> routes;
  for (const KeyedRow& row : rows) {
    ASSIGN_OR_RETURN(RouteInForce route, ParseRow(row));
    routes.push_back(std::move(route));
  }
  return routes;
}

absl::Status RouteBook::Refresh() {
  ASSIGN_OR_RETURN(std::vector<RouteInForce> routes, ReadRows());
  absl::MutexLock lock(&mutex_);
  for (RouteInForce& route : routes) {
    const std::string name = route.route->name.value();
    routes_[name] = std::move(route);
  }
  return absl::OkStatus();
}

absl::Status RouteBook::DisableAll(Warrant& warrant) {
  ASSIGN_OR_RETURN(std::vector<RouteInForce> routes, ReadRows());
  absl::MutexLock lock(&mutex_);
  for (RouteInForce& route : routes) {
    if (route.disabled) continue;
    route.disabled = true;
    warrant.preconditions.push_back(
        Precondition::Unchanged(Table::kPolicy, RowKey(route.route->name), route.revision));
    warrant.puts.push_back(RowOf(route));
    AuditLeaf leaf{AuditAction::kRouteDisabled};
    leaf.origin = warrant.origin;
    leaf.object = route.route->name.value();
    warrant.leaves.push_back(std::move(leaf));
    routes_[route.route->name.value()] = route;
  }
  return absl::OkStatus();
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

absl::StatusOr<std::optional<MerchantId>> RouteBook::SoleOwner(const Route& route) const {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine_.Get(Table::kPolicy, AccountKey(route)));
  if (!row.has_value()) return std::optional<MerchantId>();
  storage::v1::AccountRow claimed;
  if (!claimed.ParseFromString(row->value) || claimed.format_version() != kFormatVersion) {
    return DataLoss("an account's row does not parse or has an unknown format version");
  }
  absl::StatusOr<MerchantId> owner = MerchantId::Parse(claimed.sole_owner(), "owners");
  if (!owner.ok()) return DataLoss("an account's row names no merchant");
  return std::optional<MerchantId>(*std::move(owner));
}

absl::StatusOr<Precondition> RouteBook::AsItIs(const RouteName& name) const {
  const std::string key = RowKey(name);
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine_.Get(Table::kPolicy, key));
  return row.has_value() ? Precondition::Unchanged(Table::kPolicy, key, row->revision)
                         : Precondition::Absent(Table::kPolicy, key);
}

absl::StatusOr<RouteBook::Applied> RouteBook::Apply(absl::string_view document, bool check_only,
                                                    const Warrant& warrant) {
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
  bool unclaimed = false;
  ASSIGN_OR_RETURN(const char* const mixing, CheckOwners(*parsed.route, unclaimed));
  if (mixing != nullptr) {
    applied.mistakes.push_back({0, "owners", mixing});
    return applied;
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

  const std::string key = RowKey(parsed.route->name);
  const CommitResult result =
      Store(applied.route,
            before.has_value() ? Precondition::Unchanged(Table::kPolicy, key, before->revision)
                               : Precondition::Absent(Table::kPolicy, key),
            unclaimed, AuditAction::kRouteApplied, warrant);
  if (result.kind == CommitResult::Kind::kConditionFailed) {
    return Aborted(ErrorReason::kRevision, "another operator changed this route meanwhile");
  }
  if (!result.committed()) return result.status;
  applied.route.revision = result.revision;
  applied.changed = true;
  return applied;
}

absl::StatusOr<const char*> RouteBook::CheckOwners(const Route& route, bool& unclaimed) const {
  {
    absl::ReaderMutexLock lock(&mutex_);
    for (const auto& [name, other] : routes_) {
      if (MixesOrderIds(route, *other.route)) {
        return "another route of this account has other owners: name the same ones";
      }
    }
  }
  if (route.owners.size() != 1) return nullptr;
  ASSIGN_OR_RETURN(const std::optional<MerchantId> claimed, SoleOwner(route));
  unclaimed = !claimed.has_value();
  if (unclaimed || *claimed == route.owners[0]) return nullptr;
  return "another merchant's payment ids went to this account as order ids: name several owners, "
         "or another account";
}

absl::StatusOr<RouteBook::Switched> RouteBook::SetDisabled(const RouteName& name, bool disabled,
                                                           const Warrant& warrant) {
  for (int tries = 1; tries <= kMaxTries; ++tries) {
    // Read from the store: an operator who closes a route is not told to try again because the
    // copy in memory is about to follow another change.
    ASSIGN_OR_RETURN(const std::optional<Row> row, engine_.Get(Table::kPolicy, RowKey(name)));
    if (!row.has_value()) return NotFound(ErrorReason::kNotFound, "there is no such route");
    ASSIGN_OR_RETURN(RouteInForce route, ParseRow({RowKey(name), *row}));
    if (route.disabled == disabled) return Switched{std::move(route), false};
    route.disabled = disabled;
    const CommitResult result =
        Store(route, Precondition::Unchanged(Table::kPolicy, RowKey(name), route.revision),
              /*claim=*/false, disabled ? AuditAction::kRouteDisabled : AuditAction::kRouteEnabled,
              warrant);
    if (result.committed()) {
      route.revision = result.revision;
      return Switched{std::move(route), true};
    }
    if (result.kind != CommitResult::Kind::kConditionFailed) return result.status;
  }
  return Aborted(ErrorReason::kRevision, "others keep changing this route: try again");
}

absl::StatusOr<CredentialInfo> RouteBook::SetCredential(const RouteName& route,
                                                        absl::string_view name,
                                                        const SecretBytes& secret,
                                                        const Warrant& warrant) {
  ASSIGN_OR_RETURN(const RouteInForce in_force, InForce(route));
  return credentials_.Set(*in_force.route, name, secret, warrant);
}

absl::StatusOr<CredentialInfo> RouteBook::RotateCredential(const RouteName& route,
                                                           absl::string_view name,
                                                           const SecretBytes& secret,
                                                           const Warrant& warrant) {
  ASSIGN_OR_RETURN(const RouteInForce in_force, InForce(route));
  return credentials_.Rotate(*in_force.route, name, secret, warrant);
}

absl::StatusOr<CredentialInfo> RouteBook::RetireCredential(const RouteName& route,
                                                           absl::string_view name,
                                                           const Warrant& warrant) {
  ASSIGN_OR_RETURN(const RouteInForce in_force, InForce(route));
  return credentials_.Retire(*in_force.route, name, warrant);
}

absl::StatusOr<std::vector<CredentialInfo>> RouteBook::Credentials(const RouteName& route) const {
  ASSIGN_OR_RETURN(const RouteInForce in_force, InForce(route));
  return credentials_.List(*in_force.route);
}

CommitResult RouteBook::Store(RouteInForce route, Precondition condition, bool claim,
                              AuditAction action, const Warrant& warrant) {
  const std::string name = route.route->name.value();
  WriteSet set;
  set.preconditions = {std::move(condition)};
  set.puts = {RowOf(route)};
  if (claim) {
    storage::v1::AccountRow account;
    account.set_format_version(kFormatVersion);
    account.set_sole_owner(route.route->owners[0].value());
    const std::string key = AccountKey(*route.route);
    set.preconditions.push_back(Precondition::Absent(Table::kPolicy, key));
    set.puts.push_back({Table::kPolicy, key, account.SerializeAsString()});
  }
  AuditLeaf leaf{action};
  leaf.origin = warrant.origin;
  leaf.object = name;
  set.leaves = {std::move(leaf)};
  warrant.Join(set);
  CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (!result.committed()) return result;
  route.revision = result.revision;
  absl::MutexLock lock(&mutex_);
  RouteInForce& in_force = routes_[name];
  if (in_force.revision <= result.revision) in_force = std::move(route);
  return result;
}

}  // namespace cardvault
