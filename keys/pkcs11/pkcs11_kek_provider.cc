#include "keys/pkcs11/pkcs11_kek_provider.h"

#include <openssl/crypto.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"
#include "keys/pkcs11/hsm_token.h"
#include "keys/pkcs11/token_connection.h"
#include "keys/pkcs11/token_error.h"
#include "keys/pkcs11/token_gcm.h"
#include "keys/pkcs11/token_kek.h"

namespace cardvault {
namespace {

// A KEK as it was found over one connection.
struct FoundKek {
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  uint64_t connection_number = 0;
  std::string check_value;
};

absl::StatusOr<FoundKek> FindKek(TokenConnection& connection, uint64_t number,
                                 const TokenKekName& name) {
  RETURN_IF_ERROR(connection.RequireMechanism(
      CKM_AES_GCM, CKF_ENCRYPT | CKF_DECRYPT,
      "the HSM's token does not offer CKM_AES_GCM for encryption and decryption"));
  FoundKek found;
  found.connection_number = number;
  ASSIGN_OR_RETURN(found.handle, FindTokenKek(connection, name));
  ASSIGN_OR_RETURN(found.check_value, TokenKekCheckValue(connection, found.handle));
  return found;
}

// The name of the KEK of a generation: the configured one is the first's.
TokenKekName NameOf(const TokenKekName& first, uint32_t generation) {
  if (generation == 1) return first;
  return {absl::StrCat(first.label, ".", generation), first.id};
}

absl::Status FailedMidway(ErrorText function, CK_RV result) {
  LogTokenError(function, result);
  if (IsRefusal(result)) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "the HSM refuses AES-GCM as it is configured: its rules may demand "
                              "the mechanism aes-gcm-token-nonce");
  }
  return Unavailable(ErrorReason::kInternal, "the HSM failed in the middle: nothing is changed");
}

absl::Status NotWrappedByThis() {
  return DataLoss("the key was not wrapped by the HSM's KEK, or was changed");
}

class Pkcs11KekProvider final : public KekProvider {
 public:
  Pkcs11KekProvider(std::shared_ptr<HsmToken> token, TokenKekName name, uint32_t generation,
                    Pkcs11Mechanism mechanism, FoundKek found)
      : token_(std::move(token)),
        name_(std::move(name)),
        generation_(generation),
        mechanism_(mechanism),
        check_value_(found.check_value),
        found_(std::move(found)) {}

  absl::string_view name() const override { return "pkcs11"; }
  std::string check_value() const override { return check_value_; }
  uint32_t generation() const override { return generation_; }

  absl::StatusOr<std::string> Wrap(const SecretBytes& key) override {
    ASSIGN_OR_RETURN(std::string wrapped, Seal(key));
    const absl::StatusOr<SecretBytes> opened = Unwrap(wrapped);
    // A token that changed the nonce behind our back, say. What it wrapped would be lost for ever.
    if (absl::IsDataLoss(opened.status()) || (opened.ok() && !AreEqual(*opened, key))) {
      return Internal(ErrorReason::kCrypto, "the HSM does not open what it has just wrapped");
    }
    RETURN_IF_ERROR(opened.status());
    return wrapped;
  }

  absl::StatusOr<SecretBytes> Unwrap(absl::string_view wrapped) override {
    if (!LooksWrapped(wrapped)) return NotWrappedByThis();
    SecretBytes key;
    ASSIGN_OR_RETURN(CK_RV result, Open(wrapped, key));
    if (SaysNothing(result)) {
      ASSIGN_OR_RETURN(result, AskAgain(wrapped, key, result));
    }
    if (SaysChangedBytes(result)) return NotWrappedByThis();
    if (result != CKR_OK) return FailedMidway("C_Decrypt", result);
    return key;
  }

 private:
  using Work = std::function<CK_RV(const CK_FUNCTION_LIST&, CK_SESSION_HANDLE, CK_OBJECT_HANDLE)>;

  static bool AreEqual(const SecretBytes& one, const SecretBytes& other) {
    return one.size() == other.size() &&
           CRYPTO_memcmp(SecretBytesAccess::View(one).data(), SecretBytesAccess::View(other).data(),
                         one.size()) == 0;
  }

  absl::StatusOr<std::string> Seal(const SecretBytes& key) {
    if (key.empty() || key.size() > kMaxTokenWrapSize) {
      return Internal(ErrorReason::kCrypto, "not a key of a size that is wrapped");
    }
    TokenSealing sealing;
    ASSIGN_OR_RETURN(const CK_RV result, Run([&](const CK_FUNCTION_LIST& functions,
                                                 CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kek) {
                       return TokenSeal(functions, session, kek, mechanism_, key, sealing);
                     }));
    if (result != CKR_OK) return FailedMidway("C_Encrypt", result);
    return FormatWrapped(sealing, mechanism_, key.size());
  }

  absl::StatusOr<CK_RV> Open(absl::string_view wrapped, SecretBytes& key) {
    return Run(
        [&](const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kek) {
          return TokenOpen(functions, session, kek, wrapped, key);
        });
  }

  // Some tokens say of changed bytes what they say of their own failures. They are told apart by
  // what the token says a second time, and of a key that it has wrapped this moment.
  absl::StatusOr<CK_RV> AskAgain(absl::string_view wrapped, SecretBytes& key, CK_RV first) {
    ASSIGN_OR_RETURN(const CK_RV second, Open(wrapped, key));
    if (!SaysNothing(second)) return second;
    const SecretBytes probe = RandomSecretBytes(kKeySize);
    ASSIGN_OR_RETURN(const std::string sealed, Seal(probe));
    SecretBytes opened;
    ASSIGN_OR_RETURN(const CK_RV of_probe, Open(sealed, opened));
    return of_probe == CKR_OK && AreEqual(opened, probe) ? CK_RV{CKR_ENCRYPTED_DATA_INVALID}
                                                         : first;
  }

  absl::StatusOr<CK_RV> Run(const Work& work) {
    return token_->Run([&](TokenConnection& connection, uint64_t number) -> absl::StatusOr<CK_RV> {
      const absl::StatusOr<CK_OBJECT_HANDLE> kek = HandleOver(connection, number);
      // A token that does not tell may have restarted: a new connection shows.
      if (absl::IsUnavailable(kek.status())) return CK_RV{CKR_DEVICE_REMOVED};
      RETURN_IF_ERROR(kek.status());
      return connection.Use([&work, &connection, &kek](CK_SESSION_HANDLE session) {
        return work(connection.functions(), session, *kek);
      });
    });
  }

  // The KEK's handle over this connection.
  absl::StatusOr<CK_OBJECT_HANDLE> HandleOver(TokenConnection& connection, uint64_t number)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (!refusal_.ok()) return refusal_;
    if (found_.connection_number == number) return found_.handle;
    absl::StatusOr<FoundKek> found = FindKek(connection, number, name_);
    if (absl::IsNotFound(found.status())) {
      return Unavailable(ErrorReason::kInternal, "the HSM was lost, and the KEK is not there now");
    }
    if (found.ok() && found->check_value != check_value_) {
      found = FailedPrecondition(ErrorReason::kPolicy,
                                 "the HSM has another KEK under the configured label now");
    }
    if (absl::IsFailedPrecondition(found.status())) refusal_ = found.status();
    RETURN_IF_ERROR(found.status());
    found_ = *std::move(found);
    return found_.handle;
  }

  // Constant after construction.
  const std::shared_ptr<HsmToken> token_;  // provides its own synchronization
  const TokenKekName name_;
  const uint32_t generation_;
  const Pkcs11Mechanism mechanism_;
  const std::string check_value_;

  absl::Mutex mutex_;
  FoundKek found_ ABSL_GUARDED_BY(mutex_);
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);  // what only a person can mend
};

// `work` over the token's connection; once more over a new one when it is UNAVAILABLE, for then the
// login may be lost.
absl::Status Ask(HsmToken& token,
                 const std::function<absl::Status(TokenConnection&, uint64_t)>& work) {
  return token
      .Run([&](TokenConnection& connection, uint64_t number) -> absl::StatusOr<CK_RV> {
        const absl::Status status = work(connection, number);
        if (absl::IsUnavailable(status)) return CK_RV{CKR_DEVICE_REMOVED};
        RETURN_IF_ERROR(status);
        return CK_RV{CKR_OK};
      })
      .status();
}

}  // namespace

absl::StatusOr<bool> HasPkcs11Kek(HsmToken& token, const Pkcs11KekOptions& options,
                                  uint32_t generation) {
  absl::Status found;
  RETURN_IF_ERROR(Ask(token, [&](TokenConnection& connection, uint64_t) {
    found = FindTokenKek(connection, NameOf(options.kek, generation)).status();
    // Several, or one that is no KEK, are there too.
    const bool told = found.ok() || absl::IsFailedPrecondition(found) || absl::IsNotFound(found);
    return told ? absl::OkStatus() : found;
  }));
  return !absl::IsNotFound(found);
}

absl::Status CreatePkcs11Kek(HsmToken& token, const Pkcs11KekOptions& options,
                             uint32_t generation) {
  ASSIGN_OR_RETURN(const bool present, HasPkcs11Kek(token, options, generation));
  if (present) {
    return AlreadyExists(ErrorReason::kFieldInvalid, "kek.key_label",
                         "the HSM's token has a key of the KEK's label: it is not replaced");
  }
  // Once: a second try after one of which nobody knows the end could leave two keys of the name.
  return token
      .Run([&](TokenConnection& connection, uint64_t) -> absl::StatusOr<CK_RV> {
        RETURN_IF_ERROR(GenerateTokenKek(connection, NameOf(options.kek, generation)));
        return CK_RV{CKR_OK};
      })
      .status();
}

absl::StatusOr<std::unique_ptr<KekProvider>> OpenPkcs11Kek(std::shared_ptr<HsmToken> token,
                                                           const Pkcs11KekOptions& options,
                                                           uint32_t generation) {
  TokenKekName name = NameOf(options.kek, generation);
  FoundKek kek;
  // At a start, as a rule: what fails over a connection that was just made is told as it is.
  const auto find = [&](TokenConnection& connection, uint64_t number) -> absl::StatusOr<CK_RV> {
    ASSIGN_OR_RETURN(kek, FindKek(connection, number, name));
    return CK_RV{CKR_OK};
  };
  RETURN_IF_ERROR(token->Run(find).status());
  return std::make_unique<Pkcs11KekProvider>(std::move(token), std::move(name), generation,
                                             options.mechanism, std::move(kek));
}

absl::Status DestroyPkcs11Kek(HsmToken& token, const Pkcs11KekOptions& options, uint32_t generation,
                              absl::string_view check_value) {
  return Ask(token, [&](TokenConnection& connection, uint64_t number) -> absl::Status {
    ASSIGN_OR_RETURN(const FoundKek kek,
                     FindKek(connection, number, NameOf(options.kek, generation)));
    if (kek.check_value != check_value) {
      return FailedPrecondition(ErrorReason::kKeyState,
                                "the key of that name in the HSM is not the KEK to be destroyed");
    }
    return DestroyTokenKek(connection, kek.handle);
  });
}

}  // namespace cardvault
