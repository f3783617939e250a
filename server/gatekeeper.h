#ifndef CARDVAULT_SERVER_GATEKEEPER_H_
#define CARDVAULT_SERVER_GATEKEEPER_H_

#include <grpcpp/server_context.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/caller.h"
#include "server/role_book.h"
#include "server/role_table.h"
#include "server/serving_state.h"

namespace cardvault {

// Calls of one merchant, or of one person, under way at once; the next is refused. A merchant with
// all the slow payments it may have (512) still has room to read tokens.
inline constexpr int kMaxInFlightPerCaller = 4096;

// Decides who may call what: certificate, identity, role map, role table, in-flight cap, draining,
// and what the server may do now.
// Thread-safe.
class Gatekeeper final {
 public:
  // All must outlive this.
  Gatekeeper(const RoleBook& roles, const ServingState& serving, const Clock& clock)
      : roles_(roles), serving_(serving), clock_(clock) {}

  // A call that was admitted; its place is free again when the ticket dies. Move-only.
  class Ticket final {
   public:
    Ticket(Gatekeeper& gatekeeper, std::string caller)
        : gatekeeper_(&gatekeeper), caller_(std::move(caller)) {}
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket();

   private:
    Gatekeeper* gatekeeper_;
    std::string caller_;
  };
  struct Admitted {
    Caller caller;
    Ticket ticket;
  };

  // `origin` is filled as far as it is known, also when the call is refused. UNAUTHENTICATED
  // (IDENTITY); PERMISSION_DENIED (POLICY); as ServingState::Check, of who may make the call alone;
  // RESOURCE_EXHAUSTED (RATE); UNAVAILABLE (DRAINING).
  absl::StatusOr<Admitted> Admit(const grpc::ServerContextBase& context, const MethodRule& rule,
                                 AuditOrigin& origin);

  // What a caller was admitted for, of a call that goes on for long.
  struct Standing {
    Identity identity;
    Role role;
    absl::Time certificate_expiry;
  };
  static Standing StandingOf(const grpc::ServerContextBase& context, const Caller& caller);

  // Whether he would be admitted still: PERMISSION_DENIED (POLICY) when the role was taken away,
  // UNAUTHENTICATED (IDENTITY) when the certificate has expired.
  absl::Status CheckStanding(const Standing& standing) const;

  // From now on every call is refused as UNAVAILABLE (DRAINING).
  void StartDraining() { draining_.store(true); }
  bool IsDraining() const { return draining_.load(); }

 private:
  void Leave(const std::string& caller);

  const RoleBook& roles_;
  const ServingState& serving_;
  const Clock& clock_;
  std::atomic<bool> draining_ = false;

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, int> in_flight_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_GATEKEEPER_H_
