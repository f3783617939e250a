#ifndef CARDVAULT_KEYS_TESTING_FAKE_TOKEN_H_
#define CARDVAULT_KEYS_TESTING_FAKE_TOKEN_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/secret_bytes.h"
#include "keys/pkcs11/pkcs11_kek_options.h"
#include "keys/pkcs11/pkcs11_module.h"

namespace cardvault {

// A PKCS#11 module in memory with one token and one KEK in it, which fails when it is told to. Its
// functions are C's and know no object: one at a time in a process. Thread-safe.
class FakeToken final {
 public:
  static constexpr char kLabel[] = "fake token";
  static constexpr char kPin[] = "fake PIN of 24 bytes....";

  // Whose nonce it encrypts under, and where it says which.
  enum class Nonce { kCallers, kOwnInParameters, kOwnAppended, kOwnUntold };

  FakeToken();
  FakeToken(const FakeToken&) = delete;
  ~FakeToken();

  std::unique_ptr<Pkcs11Module> module();
  static SecretBytes pin() { return SecretBytes::CopyOf(kPin); }
  static Pkcs11KekOptions options() {
    return {.token_label = kLabel, .kek = {.label = "kek", .id = ""}};
  }

  // `function` ("C_Encrypt") answers `result` the next `times` that it is called.
  void Fail(const std::string& function, CK_RV result, int times);
  // The next `count` calls of `function` wait for one another, and then all answer `result`.
  void FailTogether(const std::string& function, CK_RV result, int count);
  int CallCount(const std::string& function) const;

  // What an HSM that is started again does: sessions, logins and handles are gone. With `is_there`
  // false it is unplugged as well.
  void Restart(bool is_there = true);
  void SetPin(absl::string_view pin);
  void SetKek(char seed);
  void SetNonce(Nonce nonce);
  // Encrypts something else than it is given.
  void SetGarbling(bool is_garbling);
  void SetMaxSessions(size_t count);
  void SetFlags(CK_FLAGS flags);
  void SetMechanismMissing(CK_MECHANISM_TYPE mechanism);
  size_t most_sessions() const;  // that were open at once

 private:
  friend struct FakeTokenFunctions;

  struct Gathering {
    std::string function;
    CK_RV result = CKR_OK;
    int missing_count = 0;
  };
  struct Session {
    CK_MECHANISM_TYPE mechanism = 0;
    CK_GCM_PARAMS* gcm = nullptr;
  };

  // CKR_OK, or what `function` is told to answer, or what the state of things makes it answer.
  CK_RV Enter(const char* function) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  CK_RV EnterSession(const char* function, CK_SESSION_HANDLE handle, Session** session)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, std::pair<CK_RV, int>> faults_ ABSL_GUARDED_BY(mutex_);
  Gathering gathering_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> calls_ ABSL_GUARDED_BY(mutex_);
  std::set<CK_MECHANISM_TYPE> missing_ ABSL_GUARDED_BY(mutex_);
  std::map<CK_SESSION_HANDLE, Session> sessions_ ABSL_GUARDED_BY(mutex_);
  CK_SESSION_HANDLE last_session_ ABSL_GUARDED_BY(mutex_) = 100;
  CK_OBJECT_HANDLE kek_handle_ ABSL_GUARDED_BY(mutex_) = 1;
  size_t max_sessions_ ABSL_GUARDED_BY(mutex_) = 100;
  size_t most_sessions_ ABSL_GUARDED_BY(mutex_) = 0;
  CK_FLAGS flags_ ABSL_GUARDED_BY(mutex_) = CKF_TOKEN_INITIALIZED;
  Nonce nonce_ ABSL_GUARDED_BY(mutex_) = Nonce::kCallers;
  bool is_garbling_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_initialized_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_logged_in_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_there_ ABSL_GUARDED_BY(mutex_) = true;
  std::string pin_ ABSL_GUARDED_BY(mutex_);  // masked: tests search memory for it
  std::string kek_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_FAKE_TOKEN_H_
