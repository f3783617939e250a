#ifndef CARDVAULT_SERVER_ROLE_MAP_H_
#define CARDVAULT_SERVER_ROLE_MAP_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "card/card_number_policy.h"
#include "server/document_mistake.h"
#include "server/identity.h"
#include "server/role.h"

namespace cardvault {

inline constexpr size_t kMaxRoleDocumentSize = 256 * 1024;  // some thousand identities

// Which identities hold which roles: a document of operators', parsed. docs/formats/roles.md.
// Immutable; Thread-safe.
class RoleMap final {
 public:
  struct Parsed {
    std::vector<DocumentMistake> mistakes;  // when empty, `map` is good
    std::map<std::string, std::set<Role>> grants;
  };

  // Strict: unknown keys, unknown roles, an identity given twice, a role that does not fit its
  // identity, and a map without an operator are mistakes; in production also one identity, or the
  // identities of one person, with roles that must be apart, and a map with one operator alone.
  static Parsed Parse(absl::string_view document, VaultMode mode);

  RoleMap() = default;
  explicit RoleMap(std::map<std::string, std::set<Role>> grants) : grants_(std::move(grants)) {}

  bool Holds(const Identity& identity, Role role) const;
  const std::map<std::string, std::set<Role>>& grants() const { return grants_; }

 private:
  std::map<std::string, std::set<Role>> grants_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_ROLE_MAP_H_
