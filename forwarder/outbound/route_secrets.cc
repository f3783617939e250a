#include "forwarder/outbound/route_secrets.h"

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<const SecretBytes*> SigningSecret(const RouteSecrets& secrets,
                                                 const std::string& name) {
  const auto found = secrets.find(name);
  if (found == secrets.end() || found->second.current == nullptr ||
      found->second.current->empty()) {
    return FailedPrecondition(ErrorReason::kUnspecified, "a credential of the route is not set");
  }
  return found->second.current.get();
}

std::vector<const SecretBytes*> AcceptedSecrets(const RouteSecrets& secrets,
                                                const std::string& name) {
  std::vector<const SecretBytes*> accepted;
  const auto found = secrets.find(name);
  if (found == secrets.end()) return accepted;
  for (const auto& version : {found->second.current, found->second.previous}) {
    if (version != nullptr && !version->empty()) accepted.push_back(version.get());
  }
  return accepted;
}

}  // namespace cardvault
