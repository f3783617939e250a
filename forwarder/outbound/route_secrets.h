#ifndef CARDVAULT_FORWARDER_OUTBOUND_ROUTE_SECRETS_H_
#define CARDVAULT_FORWARDER_OUTBOUND_ROUTE_SECRETS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"

namespace cardvault {

// A credential of a route. While it is being replaced two versions of it live: requests are signed
// with the current one, and proofs made with either are accepted.
struct RouteSecret {
  std::shared_ptr<const SecretBytes> current;
  std::shared_ptr<const SecretBytes> previous;  // may be null
};

// By name.
using RouteSecrets = std::map<std::string, RouteSecret>;

// What requests are signed with. FAILED_PRECONDITION when the route has none of that name, or an
// empty one. Valid as long as `secrets`. Thread-safe.
absl::StatusOr<const SecretBytes*> SigningSecret(const RouteSecrets& secrets,
                                                 const std::string& name);

// What a proof may be made with, current first; those that are not set or empty are left out. Valid
// as long as `secrets`. Thread-safe.
std::vector<const SecretBytes*> AcceptedSecrets(const RouteSecrets& secrets,
                                                const std::string& name);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_ROUTE_SECRETS_H_
