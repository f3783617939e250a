#ifndef CARDVAULT_KEYS_PKCS11_PKCS11_MODULE_H_
#define CARDVAULT_KEYS_PKCS11_PKCS11_MODULE_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace cardvault {

// The library of an HSM's maker, which speaks PKCS#11. It is initialised for the whole process, so
// all who use it share one of these. Thread-safe; between Start and Stop the functions may be
// called from any thread.
class Pkcs11Module final {
 public:
  // Loads a shared library. It is never unloaded: what such libraries leave to be run at exit
  // would be gone by then. NOT_FOUND when it cannot be loaded, FAILED_PRECONDITION (POLICY) when
  // it is no PKCS#11 module.
  static absl::StatusOr<std::unique_ptr<Pkcs11Module>> Load(const std::string& path);

  // The same, and the same module again while one of the library is there: for two tokens of one
  // HSM. Errors as Load.
  static absl::StatusOr<std::shared_ptr<Pkcs11Module>> Share(const std::string& path);

  // Over functions that are in the process already, which outlive the module.
  explicit Pkcs11Module(const CK_FUNCTION_LIST& functions) : functions_(functions) {}
  Pkcs11Module(const Pkcs11Module&) = delete;
  Pkcs11Module& operator=(const Pkcs11Module&) = delete;

  // Held for reading by calls of the functions, for writing around Start, Stop and Reset.
  absl::Mutex& calls() { return calls_; }

  // Initialises it for calls from several threads, unless another user has. FAILED_PRECONDITION
  // (POLICY) when something else in this process has done so; UNAVAILABLE when it fails.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);
  // The counterpart of a Start that was OK. With the last user's every session and login is gone.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes every session and login from all its users: the next Start initialises it anew.
  void Reset() ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts the initialisations that are over: sessions, logins and handles are good for one.
  uint64_t epoch() const ABSL_LOCKS_EXCLUDED(mutex_);

  const CK_FUNCTION_LIST& functions() const { return functions_; }

 private:
  void Finalize() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const CK_FUNCTION_LIST& functions_;
  absl::Mutex calls_;

  mutable absl::Mutex mutex_;
  int users_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_initialized_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_PKCS11_MODULE_H_
