#ifndef CARDVAULT_KEYS_TESTING_SOFT_HSM_H_
#define CARDVAULT_KEYS_TESTING_SOFT_HSM_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <functional>
#include <memory>
#include <string>

#include "base/secret_bytes.h"
#include "keys/pkcs11/pkcs11_kek_options.h"
#include "keys/pkcs11/pkcs11_module.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {

// An HSM in software, Debian's SoftHSM2, whose tokens stand in a temporary directory and are
// reached by this process and its children (SOFTHSM2_CONF). One at a time in a process. What makes
// and changes tokens and keys uses the module itself: no provider may be open meanwhile.
// Not thread-safe.
class SoftHsm final {
 public:
  static constexpr char kModulePath[] = "/usr/lib/softhsm/libsofthsm2.so";
  static constexpr char kTokenLabel[] = "cardvault test";
  static constexpr char kPin[] = "a PIN for tests";

  // With one token, of the label and the PIN above, without keys.
  SoftHsm();
  SoftHsm(const SoftHsm&) = delete;
  ~SoftHsm();

  static std::unique_ptr<Pkcs11Module> module();
  static SecretBytes pin() { return SecretBytes::CopyOf(kPin); }
  static Pkcs11KekOptions options(const std::string& key_label = "kek") {
    return {.token_label = kTokenLabel, .kek = {.label = key_label, .id = ""}};
  }

  // Below it the tokens' files, which SoftHSM locks for each access.
  std::string token_directory() const { return directory_.File("tokens"); }

  void MakeToken(const std::string& label);
  // All tokens are gone, and their keys.
  void DeleteTokens();

  // Out of everybody's reach with all it holds, as while an HSM starts anew, and there again.
  void TakeAway();
  void BringBack();

  // An AES key as a KEK must be, but for what the test changes.
  struct Key {
    std::string label = "kek";
    std::string id = "";
    CK_KEY_TYPE type = CKK_AES;
    CK_ULONG size_bytes = 32;
    bool sensitive = true;
    bool extractable = false;
    bool encrypts = true;
    bool decrypts = true;
  };
  void MakeKey(const Key& key);

  // Hands over the key of this label, as the token's user has it.
  void WithKey(const std::string& label,
               const std::function<void(const CK_FUNCTION_LIST&, CK_SESSION_HANDLE,
                                        CK_OBJECT_HANDLE)>& work);

 private:
  void InSession(const std::string& token_label, CK_USER_TYPE user, const std::string& pin,
                 const std::function<void(const CK_FUNCTION_LIST&, CK_SESSION_HANDLE)>& work);

  const TempDir directory_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_SOFT_HSM_H_
