#ifndef CARDVAULT_KEYS_PKCS11_PKCS11_MODULE_H_
#define CARDVAULT_KEYS_PKCS11_PKCS11_MODULE_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cardvault {

// The library of an HSM's maker, which speaks PKCS#11. It is initialised for the whole process, so
// a process uses a module in one place at a time. Thread-compatible; between Start and Stop the
// functions may be called from any thread.
class Pkcs11Module final {
 public:
  // Loads a shared library. It is never unloaded: what such libraries leave to be run at exit
  // would be gone by then. NOT_FOUND when it cannot be loaded, FAILED_PRECONDITION (POLICY) when
  // it is no PKCS#11 module.
  static absl::StatusOr<std::unique_ptr<Pkcs11Module>> Load(const std::string& path);

  // Over functions that are in the process already, which outlive the module.
  explicit Pkcs11Module(const CK_FUNCTION_LIST& functions) : functions_(functions) {}
  Pkcs11Module(const Pkcs11Module&) = delete;
  Pkcs11Module& operator=(const Pkcs11Module&) = delete;

  // Initialises it for calls from several threads. FAILED_PRECONDITION (POLICY) when something else
  // in this process has done so; UNAVAILABLE when it fails.
  absl::Status Start() const;
  // The counterpart. No call may be under way; every session and login is gone afterwards.
  void Stop() const;

  const CK_FUNCTION_LIST& functions() const { return functions_; }

 private:
  const CK_FUNCTION_LIST& functions_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_PKCS11_MODULE_H_
