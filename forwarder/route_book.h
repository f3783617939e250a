#ifndef CARDVAULT_FORWARDER_ROUTE_BOOK_H_
#define CARDVAULT_FORWARDER_ROUTE_BOOK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/route.h"
#include "forwarder/route_credentials.h"
#include "keys/keyring_holder.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// A route as it is in force.
struct RouteInForce {
  std::shared_ptr<const Route> route;
  uint64_t revision = 0;
  absl::Time update_time;
  bool disabled = false;
};

// The routes and their sealed credentials in the store, with a parsed copy of the routes in
// memory. Thread-safe.
class RouteBook final {
 public:
  // Reads and parses every stored route. DATA_LOSS when one does not parse. All must outlive it.
  static absl::StatusOr<std::unique_ptr<RouteBook>> Load(const Engine& engine,
                                                         CommitPipeline& pipeline,
                                                         const KeyringHolder& keyring,
                                                         const Clock& clock);

  // INVALID_ARGUMENT (ROUTE_UNKNOWN, "route") when there is none of that name, it is disabled, or
  // it is not the merchant's: one answer.
  absl::StatusOr<RouteInForce> ForMerchant(const RouteName& name, const MerchantId& merchant) const;

  // A route whoever owns it and whether or not it is disabled: what was sent through it is looked
  // up and hears of its outcome all the same. NOT_FOUND when there is none of that name.
  absl::StatusOr<RouteInForce> InForce(const RouteName& name) const;

  std::vector<RouteInForce> All() const;

  // Whose payment_ids went to the route's account as order ids, as they are; nullopt: nobody's.
  absl::StatusOr<std::optional<MerchantId>> SoleOwner(const Route& route) const;

  // What holds while the route, or that there is none, is as the store has it now.
  absl::StatusOr<Precondition> AsItIs(const RouteName& name) const;
  // The same of a credential's versions.
  absl::StatusOr<std::vector<Precondition>> CredentialAsItIs(const RouteName& route,
                                                             absl::string_view name) const {
    return credentials_.AsItIs(route, name);
  }

  // Checks a document and, unless `check_only`, commits it with its audit entry and puts it in
  // force. Mistakes come as the list; then nothing is stored. Blocks on the commit.
  struct Applied {
    std::vector<RouteMistake> mistakes;
    RouteInForce route;    // without mistakes
    bool changed = false;  // false: the same document was in force already
  };
  absl::StatusOr<Applied> Apply(absl::string_view document, bool check_only,
                                const Warrant& warrant);

  // Closes a route to merchants, or opens it again, with its audit entry, and answers whether that
  // was a change. A new document leaves it as it is. NOT_FOUND for an unknown route; ABORTED
  // (REVISION) when others keep changing it. Blocks on the commit.
  struct Switched {
    RouteInForce route;
    bool changed = false;
  };
  absl::StatusOr<Switched> SetDisabled(const RouteName& name, bool disabled,
                                       const Warrant& warrant);

  // Closes every route that is open, in a commit that the caller makes: adds rows and entries to
  // the warrant, and closes them in memory at once. For a store that serves nobody before. Refresh
  // follows the commit. Errors as Load.
  absl::Status DisableAll(Warrant& warrant);

  // Puts in force what the store has. Errors as Load.
  absl::Status Refresh();

  // As RouteCredentials; and NOT_FOUND for an unknown route.
  absl::StatusOr<CredentialInfo> SetCredential(const RouteName& route, absl::string_view name,
                                               const SecretBytes& secret, const Warrant& warrant);
  absl::StatusOr<CredentialInfo> RotateCredential(const RouteName& route, absl::string_view name,
                                                  const SecretBytes& secret,
                                                  const Warrant& warrant);
  absl::StatusOr<CredentialInfo> RetireCredential(const RouteName& route, absl::string_view name,
                                                  const Warrant& warrant);
  absl::StatusOr<std::vector<CredentialInfo>> Credentials(const RouteName& route) const;
  absl::StatusOr<RouteSecrets> OpenCredentials(const Route& route) const {
    return credentials_.Open(route);
  }

 private:
  RouteBook(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
            const Clock& clock);

  absl::StatusOr<std::vector<RouteInForce>> ReadRows() const;

  // Commits a route's row with its entry, if `condition` holds, and puts it in force. With `claim`
  // its only owner becomes the account's.
  CommitResult Store(RouteInForce route, Precondition condition, bool claim, AuditAction action,
                     const Warrant& warrant);
  // What is wrong with the route's owners beside other routes, and earlier ones, of its account;
  // null when nothing is. `unclaimed` says whether the account had no sole owner yet.
  absl::StatusOr<const char*> CheckOwners(const Route& route, bool& unclaimed) const;

  // Constant after construction.
  const Engine& engine_;
  CommitPipeline& pipeline_;
  const Clock& clock_;

  RouteCredentials credentials_;  // provides its own synchronization

  mutable absl::Mutex mutex_;
  std::map<std::string, RouteInForce> routes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_BOOK_H_
