#ifndef CARDVAULT_FORWARDER_CREDENTIAL_ROWS_H_
#define CARDVAULT_FORWARDER_CREDENTIAL_ROWS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "keys/keyring.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The rows of table credentials: secrets of routes, sealed under the route-credential key. A
// credential has its current version in slot 0 and, during a rotation, the earlier one in slot 1.
// The associated data names vault, route, credential, slot and key version, so that bytes moved to
// another row or vault do not open. docs/formats/route.md.
//
// Each change is one write set, which is committed whole or not at all: after a crash too there is
// a current version. Changes that rest on what was read carry the revisions as preconditions; sets
// that seal are refused when the key is no longer the active one. Thread-safe.
class CredentialRows final {
 public:
  struct Versions {
    SecretBytes current;
    std::optional<SecretBytes> previous;
  };
  struct Times {
    absl::Time current;
    std::optional<absl::Time> previous;
  };

  explicit CredentialRows(const Engine& engine) : engine_(engine) {}  // must outlive this

  // Puts into `set` that `secret` is the one version from now on. Returns the key's version.
  // Errors: as AeadKey::Seal.
  static absl::StatusOr<uint32_t> Replace(const Keyring& keyring, const RouteName& route,
                                          absl::string_view name, const SecretBytes& secret,
                                          absl::Time now, WriteSet& set);

  // The same, and that the current one becomes the earlier one, with its own time.
  // FAILED_PRECONDITION (CREDENTIAL_STATE) when there is none, or an earlier one already. Errors
  // beyond: as Open.
  absl::StatusOr<uint32_t> Rotate(const Keyring& keyring, const RouteName& route,
                                  absl::string_view name, const SecretBytes& secret, absl::Time now,
                                  WriteSet& set) const;

  // Puts into `set` that the earlier version is gone. FAILED_PRECONDITION (CREDENTIAL_STATE) when
  // there is none.
  absl::Status Retire(const RouteName& route, absl::string_view name, WriteSet& set) const;

  // Puts into `set` that a row of table credentials is sealed under the active version of the key,
  // and the condition that it stands as `row`; false, and nothing in `set`, when it is so already.
  // Errors: as Open.
  static absl::StatusOr<bool> Reseal(const Keyring& keyring, const KeyedRow& row, WriteSet& set);

  // Which version of the key a row is sealed under. DATA_LOSS when it does not parse.
  static absl::StatusOr<uint32_t> KeyVersionOf(const KeyedRow& row);

  // What holds while neither row changes.
  absl::StatusOr<std::vector<Precondition>> AsTheyAre(const RouteName& route,
                                                      absl::string_view name) const;

  // When they were set; nullopt when there is none.
  absl::StatusOr<std::optional<Times>> SetTimes(const RouteName& route,
                                                absl::string_view name) const;

  // nullopt when there is none. DATA_LOSS for a row that was not sealed for this very place;
  // FAILED_PRECONDITION (KEY_DESTROYED).
  absl::StatusOr<std::optional<Versions>> Open(const Keyring& keyring, const RouteName& route,
                                               absl::string_view name) const;

 private:
  const Engine& engine_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_CREDENTIAL_ROWS_H_
