#include "server/role_map.h"

#include <yaml-cpp/yaml.h>

#include <optional>
#include <utility>

namespace cardvault {
namespace {

// Told of at most: aliases can repeat one mistake without end.
constexpr size_t kMaxMistakes = 100;
constexpr size_t kMaxIdentities = 10000;
constexpr size_t kMaxRolesOfOne = 8;  // as many as there are

int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

// In production these do not meet in one identity (P4): the one collects cards, the other spends
// them.
bool IsPaying(Role role) {
  return role == Role::kPayIn || role == Role::kPayOut || role == Role::kRefund;
}

class Reader {
 public:
  explicit Reader(VaultMode mode) : mode_(mode) {}

  RoleMap::Parsed Read(absl::string_view document) {
    if (document.size() > kMaxRoleDocumentSize) {
      Mistake(0, "", "the document is larger than 256 KiB");
      return std::move(parsed_);
    }
    YAML::Node root;
    try {
      root = YAML::Load(std::string(document));
    } catch (const YAML::Exception& error) {
      Mistake(error.mark.line + 1, "", "not YAML from here on");
      return std::move(parsed_);
    }
    ReadRoot(root);
    if (parsed_.mistakes.empty()) CheckWhole();
    return std::move(parsed_);
  }

 private:
  void Mistake(int line, std::string key, const char* problem) {
    if (parsed_.mistakes.size() >= kMaxMistakes) return;
    parsed_.mistakes.push_back({line, std::move(key), problem});
  }

  void ReadRoot(const YAML::Node& root) {
    if (!root.IsMap()) return Mistake(0, "", "the document is not a map with the key `roles`");
    for (const auto& member : root) {
      if (!member.first.IsScalar() || member.first.Scalar() != "roles") {
        Mistake(LineOf(member.first), member.first.IsScalar() ? member.first.Scalar() : "",
                "unknown key; the only key here is `roles`");
      }
    }
    const YAML::Node list = root["roles"];
    if (!list || !list.IsSequence()) return Mistake(0, "roles", "missing, or not a list");
    if (list.size() > kMaxIdentities) return Mistake(LineOf(list), "roles", "over 10000 entries");
    for (const YAML::Node& grant : list) ReadGrant(grant);
  }

  void ReadGrant(const YAML::Node& grant) {
    if (!grant.IsMap()) return Mistake(LineOf(grant), "roles", "an entry is not a map");
    for (const auto& member : grant) {
      const std::string key = member.first.IsScalar() ? member.first.Scalar() : "";
      if (key != "identity" && key != "roles") {
        Mistake(LineOf(member.first), key, "unknown key; an entry has `identity` and `roles`");
      }
    }
    const YAML::Node uri = grant["identity"];
    const YAML::Node roles = grant["roles"];
    if (!uri || !uri.IsScalar()) return Mistake(LineOf(grant), "identity", "missing");
    if (!roles || !roles.IsSequence()) {
      return Mistake(LineOf(grant), "roles", "missing, or not a list such as [tokens, pay-in]");
    }
    if (roles.size() > kMaxRolesOfOne) {
      return Mistake(LineOf(roles), "roles", "more roles than there are");
    }
    absl::StatusOr<Identity> identity = ParseIdentity(uri.Scalar());
    if (!identity.ok()) {
      return Mistake(LineOf(uri), "identity",
                     "not of the form spiffe://<domain>/merchant/<id>/<role> or "
                     "spiffe://<domain>/operator/<name>, /custodian/<name>, /auditor/<name>");
    }
    if (parsed_.grants.count(identity->uri) != 0) {
      return Mistake(LineOf(uri), "identity", "given twice");
    }
    std::set<Role>& held = parsed_.grants[identity->uri];
    for (const YAML::Node& name : roles) ReadRole(*identity, name, held);
  }

  void ReadRole(const Identity& identity, const YAML::Node& name, std::set<Role>& held) {
    std::optional<Role> role =
        name.IsScalar() ? RoleFromName(name.Scalar()) : std::optional<Role>();
    if (!role.has_value()) {
      return Mistake(LineOf(name), "roles",
                     "not a role; there are ingest, tokens, pay-in, pay-out, refund, operator, "
                     "custodian, auditor");
    }
    const std::optional<Role> personal = PersonalRole(identity.kind);
    if (personal.has_value() ? *role != *personal : !IsMerchantRole(*role)) {
      return Mistake(LineOf(name), "roles", "this identity cannot hold this role");
    }
    const std::optional<Role> named = RoleFromName(identity.name);
    if (!personal.has_value() && named.has_value() && *named != *role) {
      return Mistake(LineOf(name), "roles",
                     "the identity names one merchant role and can hold that one alone");
    }
    held.insert(*role);
  }

  void CheckWhole() {
    bool operator_found = false;
    std::map<std::string, std::set<Role>> people;
    for (const auto& [uri, roles] : parsed_.grants) {
      bool paying = false;
      for (Role role : roles) {
        operator_found = operator_found || role == Role::kOperator;
        paying = paying || IsPaying(role);
      }
      if (mode_ != VaultMode::kProduction) continue;
      if (paying && roles.count(Role::kIngest) != 0) {
        Mistake(0, uri, "one identity is both ingest and paying");
      }
      absl::StatusOr<Identity> identity = ParseIdentity(uri);
      if (identity.ok() && identity->kind != Identity::Kind::kMerchant) {
        people[identity->name].insert(roles.begin(), roles.end());
      }
    }
    int operators = 0;
    for (const auto& [name, roles] : people) {
      operators += static_cast<int>(roles.count(Role::kOperator));
      if (roles.count(Role::kOperator) != 0 && roles.count(Role::kAuditor) != 0) {
        Mistake(0, name, "one person is both operator and auditor");
      }
    }
    if (!operator_found) {
      Mistake(0, "roles", "no operator is left: nobody could change the map again");
    } else if (mode_ == VaultMode::kProduction && operators < 2) {
      Mistake(0, "roles",
              "only one operator is left: nobody could approve what he proposes, and nobody could "
              "change the map again");
    }
  }

  const VaultMode mode_;
  RoleMap::Parsed parsed_;
};

}  // namespace

RoleMap::Parsed RoleMap::Parse(absl::string_view document, VaultMode mode) {
  return Reader(mode).Read(document);
}

bool RoleMap::Holds(const Identity& identity, Role role) const {
  auto found = grants_.find(identity.uri);
  return found != grants_.end() && found->second.count(role) != 0;
}

}  // namespace cardvault
