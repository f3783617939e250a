#include "keys/pkcs11/pkcs11_kek_provider.h"

#include <openssl/crypto.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/random.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"
#include "keys/pkcs11/token_connection.h"
#include "keys/pkcs11/token_error.h"
#include "keys/pkcs11/token_gcm.h"
#include "keys/pkcs11/token_kek.h"

namespace cardvault {
namespace {

// A connection and the KEK that was found over it.
struct KekLine {
  std::unique_ptr<TokenConnection> connection;
  CK_OBJECT_HANDLE kek = CK_INVALID_HANDLE;
  std::string check_value;
};

absl::StatusOr<KekLine> OpenLine(const Pkcs11Module& module, const Pkcs11KekOptions& options,
                                 const SecretBytes& pin) {
  KekLine line;
  ASSIGN_OR_RETURN(line.connection, TokenConnection::Open(module, options.token_label, pin));
  RETURN_IF_ERROR(line.connection->RequireMechanism(
      CKM_AES_GCM, CKF_ENCRYPT | CKF_DECRYPT,
      "the HSM's token does not offer CKM_AES_GCM for encryption and decryption"));
  ASSIGN_OR_RETURN(line.kek, FindTokenKek(*line.connection, options.kek));
  ASSIGN_OR_RETURN(line.check_value, TokenKekCheckValue(*line.connection, line.kek));
  return line;
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
  Pkcs11KekProvider(std::unique_ptr<Pkcs11Module> module, Pkcs11KekOptions options, SecretBytes pin,
                    KekLine line)
      : module_(std::move(module)),
        options_(std::move(options)),
        check_value_(line.check_value),
        pin_(std::move(pin)),
        line_(std::move(line)) {}

  absl::string_view name() const override { return "pkcs11"; }
  std::string check_value() const override { return check_value_; }

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
                       return TokenSeal(functions, session, kek, options_.mechanism, key, sealing);
                     }));
    if (result != CKR_OK) return FailedMidway("C_Encrypt", result);
    return FormatWrapped(sealing, options_.mechanism, key.size());
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

  // What the token answers to `work`; tried once more over a new connection when this one is lost.
  absl::StatusOr<CK_RV> Run(const Work& work) {
    CK_RV result = CKR_OK;
    for (const bool is_last : {false, true}) {
      uint64_t connection_number = 0;
      result = RunOnce(work, connection_number);
      if (!IsLost(result)) return result;
      if (!is_last) RETURN_IF_ERROR(Reconnect(connection_number, result));
    }
    LogTokenError("after a new login", result);
    return Unavailable(ErrorReason::kInternal, "the HSM was lost, and again after a new login");
  }

  CK_RV RunOnce(const Work& work, uint64_t& connection_number) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::ReaderMutexLock lock(&mutex_);
    connection_number = connection_number_;
    if (line_.connection == nullptr) return CKR_CRYPTOKI_NOT_INITIALIZED;
    TokenConnection& connection = *line_.connection;
    return connection.Use([&work, &connection, kek = line_.kek](CK_SESSION_HANDLE session) {
      return work(connection.functions(), session, kek);
    });
  }

  // Of the callers that lost one connection, the first makes the next one for all.
  absl::Status Reconnect(uint64_t lost_number, CK_RV reason) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (!refusal_.ok()) return refusal_;
    if (connection_number_ != lost_number) return absl::OkStatus();
    LogEvent(LogLevel::kWarning, "pkcs11.reconnecting").With("result", reason);
    ++connection_number_;
    line_.connection = nullptr;  // first: the module is initialised once at a time
    absl::StatusOr<KekLine> line = OpenLine(*module_, options_, pin_);
    if (absl::IsNotFound(line.status())) {
      return Unavailable(ErrorReason::kInternal,
                         "the HSM was lost, and its token or the KEK is not there now");
    }
    if (line.ok() && line->check_value != check_value_) {
      line = FailedPrecondition(ErrorReason::kPolicy,
                                "the HSM has another KEK under the configured label now");
    }
    if (absl::IsFailedPrecondition(line.status())) {
      refusal_ = line.status();
      pin_.Wipe();
    }
    RETURN_IF_ERROR(line.status());
    line_ = *std::move(line);
    return absl::OkStatus();
  }

  const std::unique_ptr<const Pkcs11Module> module_;  // outlives line_
  const Pkcs11KekOptions options_;
  const std::string check_value_;

  // Held for reading by calls under way, for writing while there is a new connection made.
  absl::Mutex mutex_;
  uint64_t connection_number_ ABSL_GUARDED_BY(mutex_) = 0;
  SecretBytes pin_ ABSL_GUARDED_BY(mutex_);
  KekLine line_ ABSL_GUARDED_BY(mutex_);          // without a connection after one that failed
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);  // what only a person can mend
};

}  // namespace

absl::StatusOr<bool> HasPkcs11Kek(const Pkcs11Module& module, const Pkcs11KekOptions& options,
                                  const SecretBytes& pin) {
  ASSIGN_OR_RETURN(const auto connection, TokenConnection::Open(module, options.token_label, pin));
  const absl::Status found = FindTokenKek(*connection, options.kek).status();
  if (absl::IsNotFound(found)) return false;
  // Several, or one that is no KEK, are there too.
  if (found.ok() || absl::IsFailedPrecondition(found)) return true;
  return found;
}

absl::Status CreatePkcs11Kek(const Pkcs11Module& module, const Pkcs11KekOptions& options,
                             const SecretBytes& pin) {
  ASSIGN_OR_RETURN(const auto connection, TokenConnection::Open(module, options.token_label, pin));
  const absl::Status found = FindTokenKek(*connection, options.kek).status();
  if (found.ok() || absl::IsFailedPrecondition(found)) {
    return AlreadyExists(ErrorReason::kFieldInvalid, "kek.key_label",
                         "the HSM's token has a key of the KEK's label: it is not replaced");
  }
  if (!absl::IsNotFound(found)) return found;
  return GenerateTokenKek(*connection, options.kek);
}

absl::StatusOr<std::unique_ptr<KekProvider>> OpenPkcs11Kek(std::unique_ptr<Pkcs11Module> module,
                                                           Pkcs11KekOptions options,
                                                           SecretBytes pin) {
  ASSIGN_OR_RETURN(KekLine line, OpenLine(*module, options, pin));
  return std::make_unique<Pkcs11KekProvider>(std::move(module), std::move(options), std::move(pin),
                                             std::move(line));
}

}  // namespace cardvault
