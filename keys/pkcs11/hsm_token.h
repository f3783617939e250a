#ifndef CARDVAULT_KEYS_PKCS11_HSM_TOKEN_H_
#define CARDVAULT_KEYS_PKCS11_HSM_TOKEN_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/secret_bytes.h"
#include "keys/pkcs11/pkcs11_module.h"
#include "keys/pkcs11/token_connection.h"

namespace cardvault {

// One token of an HSM, logged in and shared by all who use its keys. Connects anew when the HSM has
// restarted or lost the login. A login that is refused is not tried again: a wrong PIN would lock
// the token. Thread-safe.
class HsmToken final {
 public:
  // The PIN is kept for a new login. Tokens of one library share `module`; a process logs in at a
  // token once. Errors as TokenConnection::Open.
  static absl::StatusOr<std::shared_ptr<HsmToken>> Open(std::shared_ptr<Pkcs11Module> module,
                                                        std::string token_label, SecretBytes pin);
  HsmToken(const HsmToken&) = delete;
  HsmToken& operator=(const HsmToken&) = delete;
  ~HsmToken();  // no call may be under way

  // What is done over a connection; object handles are good for one connection number. Answers an
  // error of its own, or what the token said; after what IsLost it is called once more, over a new
  // connection.
  using Work = std::function<absl::StatusOr<CK_RV>(TokenConnection&, uint64_t connection_number)>;

  // What the token answered. UNAVAILABLE when it was lost and cannot be had again,
  // FAILED_PRECONDITION (POLICY) when only a person can mend that; and the errors of `work`.
  absl::StatusOr<CK_RV> Run(const Work& work) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  HsmToken(std::shared_ptr<Pkcs11Module> module, std::string token_label, SecretBytes pin,
           std::unique_ptr<TokenConnection> connection);

  absl::StatusOr<CK_RV> RunOnce(const Work& work, uint64_t& connection_number)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Of the callers that lost one connection, the first makes the next one for all.
  absl::Status Reconnect(uint64_t lost_number, CK_RV reason) ABSL_LOCKS_EXCLUDED(mutex_);

  // Constant after construction.
  const std::shared_ptr<Pkcs11Module> module_;  // outlives connection_
  const std::string token_label_;

  // Held for reading by calls under way, for writing while a new connection is made; before the
  // module's calls().
  absl::Mutex mutex_;
  uint64_t connection_number_ ABSL_GUARDED_BY(mutex_) = 0;
  SecretBytes pin_ ABSL_GUARDED_BY(mutex_);
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_);  // of the module, when it was connected to last
  std::unique_ptr<TokenConnection> connection_ ABSL_GUARDED_BY(mutex_);  // null after one failed
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);  // what only a person can mend
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_HSM_TOKEN_H_
