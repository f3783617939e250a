#include "server/gatekeeper.h"

#include <grpc/grpc_security_constants.h>

#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "server/tls_expiry.h"

namespace cardvault {
namespace {

// "ipv4:127.0.0.1:43210" -> "127.0.0.1:43210"; gRPC writes the colons of IPv6 percent-encoded.
std::string PeerAddress(const grpc::ServerContextBase& context) {
  const std::string peer = context.peer();
  absl::string_view address = peer;
  absl::ConsumePrefix(&address, "ipv4:") || absl::ConsumePrefix(&address, "ipv6:");
  return absl::StrReplaceAll(address, {{"%5B", "["}, {"%5D", "]"}});
}

absl::StatusOr<Identity> IdentityOf(const grpc::ServerContextBase& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) {
    return Unauthenticated("no client certificate was presented");
  }
  const std::vector<grpc::string_ref> uris = auth->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  if (uris.size() != 1) {
    return Unauthenticated("the client certificate has not exactly one URI name");
  }
  return ParseIdentity(absl::string_view(uris[0].data(), uris[0].size()));
}

}  // namespace

Gatekeeper::Ticket::Ticket(Ticket&& other) noexcept
    : gatekeeper_(std::exchange(other.gatekeeper_, nullptr)), caller_(std::move(other.caller_)) {}

Gatekeeper::Ticket::~Ticket() {
  if (gatekeeper_ != nullptr) gatekeeper_->Leave(caller_);
}

absl::StatusOr<Gatekeeper::Admitted> Gatekeeper::Admit(const grpc::ServerContextBase& context,
                                                       const MethodRule& rule,
                                                       AuditOrigin& origin) {
  origin.address = PeerAddress(context);
  if (draining_.load()) {
    return Unavailable(ErrorReason::kDraining, "the server is shutting down");
  }
  ASSIGN_OR_RETURN(Identity identity, IdentityOf(context));
  origin.principal = identity.uri;

  const std::shared_ptr<const RoleMap> map = roles_.Current();
  for (Role role : rule.roles) {
    if (!map->Holds(identity, role)) continue;
    origin.role = std::string(RoleName(role));
    RETURN_IF_ERROR(serving_.Check(rule.served_under));
    // A merchant may have many identities.
    std::string who = identity.merchant.has_value() ? identity.merchant->value() : identity.uri;
    {
      absl::MutexLock lock(&mutex_);
      int& count = in_flight_[who];
      if (count >= kMaxInFlightPerCaller) {
        return ResourceExhausted(ErrorReason::kRate, "too many calls of this caller at once");
      }
      ++count;
    }
    Ticket ticket(*this, std::move(who));
    return Admitted{Caller{std::move(identity), role, origin}, std::move(ticket)};
  }
  return PermissionDenied(ErrorReason::kPolicy, "this identity may not make this call");
}

Gatekeeper::Standing Gatekeeper::StandingOf(const grpc::ServerContextBase& context,
                                            const Caller& caller) {
  Standing standing{caller.identity, caller.role, absl::InfinitePast()};
  const auto pem = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!pem.empty()) {
    standing.certificate_expiry =
        CertificateExpiry(absl::string_view(pem.front().data(), pem.front().size()));
  }
  return standing;
}

absl::Status Gatekeeper::CheckStanding(const Standing& standing) const {
  if (clock_.Now() > standing.certificate_expiry) {
    return Unauthenticated("the client certificate has expired meanwhile");
  }
  if (roles_.Current()->Holds(standing.identity, standing.role)) return absl::OkStatus();
  return PermissionDenied(ErrorReason::kPolicy, "this identity may not make this call any more");
}

void Gatekeeper::Leave(const std::string& caller) {
  absl::MutexLock lock(&mutex_);
  auto found = in_flight_.find(caller);
  if (found != in_flight_.end() && --found->second == 0) in_flight_.erase(found);
}

}  // namespace cardvault
