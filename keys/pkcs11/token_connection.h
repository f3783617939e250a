#ifndef CARDVAULT_KEYS_PKCS11_TOKEN_CONNECTION_H_
#define CARDVAULT_KEYS_PKCS11_TOKEN_CONNECTION_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/error_text.h"
#include "base/secret_bytes.h"
#include "keys/pkcs11/pkcs11_module.h"
#include "keys/pkcs11/session_pool.h"

namespace cardvault {

// A module that is initialised and logged in at one token, for as long as this lives. Thread-safe.
class TokenConnection final {
 public:
  // Tries the PIN once: a wrong one is never tried again, and the last try before the token locks
  // itself is left to a person. `module` outlives the connection; its calls() is held for writing,
  // as when the connection goes. Errors, each with its own text:
  // NOT_FOUND when no token has the label; FAILED_PRECONDITION (POLICY) when several have, or when
  // the PIN is wrong, locked, expired, not set or down to its last try, and as Pkcs11Module::Start;
  // UNAVAILABLE when the token fails.
  static absl::StatusOr<std::unique_ptr<TokenConnection>> Open(Pkcs11Module& module,
                                                               absl::string_view token_label,
                                                               const SecretBytes& pin);
  TokenConnection(const TokenConnection&) = delete;
  TokenConnection& operator=(const TokenConnection&) = delete;
  ~TokenConnection();

  // Whether the module was not initialised anew since.
  bool is_good() const { return module_.epoch() == epoch_; }

  // What `work` answers, in a session of its own; else why there was none.
  CK_RV Use(const std::function<CK_RV(CK_SESSION_HANDLE)>& work);

  // FAILED_PRECONDITION (POLICY) with `missing` when the token does not offer the mechanism for
  // all of these uses (CKF_ENCRYPT and the like); UNAVAILABLE when it fails.
  absl::Status RequireMechanism(CK_MECHANISM_TYPE mechanism, CK_FLAGS uses,
                                ErrorText missing) const;

  const CK_FUNCTION_LIST& functions() const { return module_.functions(); }

 private:
  explicit TokenConnection(Pkcs11Module& module) : module_(module), epoch_(module.epoch()) {}

  absl::Status FindSlot(absl::string_view token_label);
  absl::Status Login(const SecretBytes& pin);

  Pkcs11Module& module_;
  const uint64_t epoch_;
  CK_SLOT_ID slot_ = 0;
  CK_FLAGS token_flags_ = 0;
  CK_SESSION_HANDLE login_session_ = CK_INVALID_HANDLE;
  std::unique_ptr<SessionPool> sessions_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_TOKEN_CONNECTION_H_
