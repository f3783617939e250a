#ifndef CARDVAULT_FORWARDER_CREDENTIAL_ROWS_H_
#define CARDVAULT_FORWARDER_CREDENTIAL_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "keys/keyring.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

inline constexpr size_t kMaxCredentialSize = 4096;  // bytes; real ones have below a hundred

// The rows of table credentials: secrets of routes, sealed under the route-credential key. The
// associated data names vault, route, credential, slot and key version, so that bytes moved to
// another row or vault do not open. docs/formats/route.md. There is one slot, 0, so far.
// Thread-safe.
class CredentialRows final {
 public:
  explicit CredentialRows(const Engine& engine) : engine_(engine) {}  // must outlive this

  // Seals `secret` into `set`, to be refused when the key is no longer the active one. Returns the
  // key's version. Errors: as AeadKey::Seal.
  static absl::StatusOr<uint32_t> Put(const Keyring& keyring, const RouteName& route,
                                      absl::string_view name, const SecretBytes& secret,
                                      absl::Time now, WriteSet& set);

  // When it was set; nullopt when it is not.
  absl::StatusOr<std::optional<absl::Time>> SetTime(const RouteName& route,
                                                    absl::string_view name) const;

  // nullopt when it is not set. DATA_LOSS for a row that was not sealed for this very place;
  // FAILED_PRECONDITION (KEY_DESTROYED).
  absl::StatusOr<std::optional<SecretBytes>> Open(const Keyring& keyring, const RouteName& route,
                                                  absl::string_view name) const;

 private:
  const Engine& engine_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_CREDENTIAL_ROWS_H_
