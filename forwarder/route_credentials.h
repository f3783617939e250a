#ifndef CARDVAULT_FORWARDER_ROUTE_CREDENTIALS_H_
#define CARDVAULT_FORWARDER_ROUTE_CREDENTIALS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "forwarder/credential_rows.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/route.h"
#include "keys/keyring_holder.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

inline constexpr size_t kMaxCredentialSize = 4096;  // bytes; real ones have below a hundred

struct CredentialInfo {
  std::string name;
  bool is_set = false;
  absl::Time set_time;
  // Of the earlier version, during a rotation.
  std::optional<absl::Time> previous_set_time;
};

// The credentials of routes: which ones there are, their changes with the audit entries, and their
// opening. Changes block on the commit. Errors of all changes: INVALID_ARGUMENT ("name") for a name
// that the route's connector does not have; INVALID_ARGUMENT ("secret") for an empty or over-long
// secret; ABORTED (REVISION) when others keep changing the same credential; else as
// CredentialRows. Thread-safe.
class RouteCredentials final {
 public:
  // All must outlive this.
  RouteCredentials(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                   const Clock& clock)
      : rows_(engine), pipeline_(pipeline), keyring_(keyring), clock_(clock) {}

  // Makes a secret the one version of a credential.
  absl::StatusOr<CredentialInfo> Set(const Route& route, absl::string_view name,
                                     const SecretBytes& secret, const Warrant& warrant);

  // Makes a secret what signs from now on, and keeps the version before for what arrives.
  absl::StatusOr<CredentialInfo> Rotate(const Route& route, absl::string_view name,
                                        const SecretBytes& secret, const Warrant& warrant);

  // Ends a rotation: the version before is gone.
  absl::StatusOr<CredentialInfo> Retire(const Route& route, absl::string_view name,
                                        const Warrant& warrant);

  // What holds while no version of it changes.
  absl::StatusOr<std::vector<Precondition>> AsItIs(const RouteName& route,
                                                   absl::string_view name) const {
    return rows_.AsTheyAre(route, name);
  }

  // INVALID_ARGUMENT ("secret") for what no credential can be.
  static absl::Status CheckSecret(const SecretBytes& secret);

  // Those that the route's connector needs, set or not.
  absl::StatusOr<std::vector<CredentialInfo>> List(const Route& route) const;

  // The same, opened. INVALID_ARGUMENT (ROUTE_UNKNOWN) when one is not set: to merchants it is no
  // route yet.
  absl::StatusOr<RouteSecrets> Open(const Route& route) const;

 private:
  // Puts a change into `set` and returns the version of the key that it sealed under, 0 for none.
  using Change = absl::FunctionRef<absl::StatusOr<uint32_t>(const Keyring& keyring, WriteSet& set)>;

  // Commits a change with its entry; makes it anew when the key or the rows changed meanwhile.
  absl::StatusOr<CredentialInfo> Commit(AuditAction action, const Route& route,
                                        absl::string_view name, const Warrant& warrant,
                                        Change change);
  absl::StatusOr<CredentialInfo> InfoOf(const Route& route, absl::string_view name) const;

  const CredentialRows rows_;
  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_CREDENTIALS_H_
