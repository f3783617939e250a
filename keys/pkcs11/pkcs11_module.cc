#include "keys/pkcs11/pkcs11_module.h"

#include <dlfcn.h>
#include <openssl/crypto.h>

#include <map>
#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "keys/pkcs11/token_error.h"

namespace cardvault {

absl::StatusOr<std::unique_ptr<Pkcs11Module>> Pkcs11Module::Load(const std::string& path) {
  // Before the module, whose own clean-up at exit then runs before OpenSSL's: SoftHSM and others
  // use the OpenSSL of this process, and crash when it is gone first.
  OPENSSL_init_crypto(0, nullptr);
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    return NotFound(ErrorReason::kNotFound,
                    "the PKCS#11 module cannot be loaded: is its path right, and is it whole?");
  }
  // Version 3 begins with the functions of version 2, which are all that is called.
  const auto get_functions =
      reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get_functions == nullptr || get_functions(&functions) != CKR_OK || functions == nullptr ||
      functions->version.major < CRYPTOKI_VERSION_MAJOR) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "the library at the path of the PKCS#11 module is not one");
  }
  return std::make_unique<Pkcs11Module>(*functions);
}

absl::StatusOr<std::shared_ptr<Pkcs11Module>> Pkcs11Module::Share(const std::string& path) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto& shared = *new std::map<const CK_FUNCTION_LIST*, std::weak_ptr<Pkcs11Module>>();
  ASSIGN_OR_RETURN(std::shared_ptr<Pkcs11Module> module, Load(path));
  const absl::MutexLock lock(&mutex);
  // By its functions: two paths may lead to one library.
  std::weak_ptr<Pkcs11Module>& known = shared[&module->functions()];
  if (std::shared_ptr<Pkcs11Module> present = known.lock()) return present;
  known = module;
  return module;
}

absl::Status Pkcs11Module::Start() {
  const absl::MutexLock lock(&mutex_);
  if (is_initialized_) {
    ++users_;
    return absl::OkStatus();
  }
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV result = functions_.C_Initialize(&arguments);
  if (result == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "something else in this process uses the PKCS#11 module");
  }
  if (result != CKR_OK) {
    LogTokenError("C_Initialize", result);
    return Unavailable(ErrorReason::kInternal, "the PKCS#11 module cannot be initialised");
  }
  is_initialized_ = true;
  ++users_;
  return absl::OkStatus();
}

void Pkcs11Module::Stop() {
  const absl::MutexLock lock(&mutex_);
  if (--users_ == 0) Finalize();
}

void Pkcs11Module::Reset() {
  const absl::MutexLock lock(&mutex_);
  Finalize();
}

uint64_t Pkcs11Module::epoch() const {
  const absl::MutexLock lock(&mutex_);
  return epoch_;
}

void Pkcs11Module::Finalize() {
  if (!is_initialized_) return;
  functions_.C_Finalize(nullptr);
  is_initialized_ = false;
  ++epoch_;
}

}  // namespace cardvault
