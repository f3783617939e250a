#ifndef CARDVAULT_SERVER_IDENTITY_H_
#define CARDVAULT_SERVER_IDENTITY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/id.h"
#include "server/role.h"

namespace cardvault {

// A caller as its certificate names it, in the URI subject alternative name:
//   spiffe://<domain>/merchant/<id>/<role or name>
//   spiffe://<domain>/operator/<name>, /custodian/<name>, /auditor/<name>
// Thread-compatible.
struct Identity {
  enum class Kind { kMerchant, kOperator, kCustodian, kAuditor };

  std::string uri;
  Kind kind = Kind::kMerchant;
  std::optional<MerchantId> merchant;  // with kMerchant
  std::string name;                    // the last part

  friend absl::string_view SafeForLog(const Identity& identity) { return identity.uri; }
};

// UNAUTHENTICATED (IDENTITY) for a URI of another form.
absl::StatusOr<Identity> ParseIdentity(absl::string_view uri);

// The role that a person's identity can hold; nullopt for merchants, whose roles the map grants.
std::optional<Role> PersonalRole(Identity::Kind kind);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_IDENTITY_H_
