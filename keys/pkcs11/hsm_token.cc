#include "keys/pkcs11/hsm_token.h"

#include <utility>

#include "absl/memory/memory.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "keys/pkcs11/token_error.h"

namespace cardvault {

absl::StatusOr<std::shared_ptr<HsmToken>> HsmToken::Open(std::shared_ptr<Pkcs11Module> module,
                                                         std::string token_label, SecretBytes pin) {
  const absl::MutexLock calls(&module->calls());
  ASSIGN_OR_RETURN(std::unique_ptr<TokenConnection> connection,
                   TokenConnection::Open(*module, token_label, pin));
  return std::shared_ptr<HsmToken>(absl::WrapUnique(new HsmToken(
      std::move(module), std::move(token_label), std::move(pin), std::move(connection))));
}

HsmToken::HsmToken(std::shared_ptr<Pkcs11Module> module, std::string token_label, SecretBytes pin,
                   std::unique_ptr<TokenConnection> connection)
    : module_(std::move(module)),
      token_label_(std::move(token_label)),
      pin_(std::move(pin)),
      epoch_(module_->epoch()),
      connection_(std::move(connection)) {}

HsmToken::~HsmToken() {
  const absl::MutexLock lock(&mutex_);
  const absl::MutexLock calls(&module_->calls());
  connection_ = nullptr;
}

absl::StatusOr<CK_RV> HsmToken::Run(const Work& work) {
  CK_RV result = CKR_OK;
  for (const bool is_last : {false, true}) {
    uint64_t connection_number = 0;
    ASSIGN_OR_RETURN(result, RunOnce(work, connection_number));
    if (!IsLost(result)) return result;
    if (!is_last) RETURN_IF_ERROR(Reconnect(connection_number, result));
  }
  LogTokenError("after a new login", result);
  return Unavailable(ErrorReason::kInternal, "the HSM was lost, and again after a new login");
}

absl::StatusOr<CK_RV> HsmToken::RunOnce(const Work& work, uint64_t& connection_number) {
  absl::ReaderMutexLock lock(&mutex_);
  absl::ReaderMutexLock calls(&module_->calls());
  connection_number = connection_number_;
  // Another token of the module may have had it initialised anew.
  if (connection_ == nullptr || !connection_->is_good()) {
    return CK_RV{CKR_CRYPTOKI_NOT_INITIALIZED};
  }
  return work(*connection_, connection_number_);
}

absl::Status HsmToken::Reconnect(uint64_t lost_number, CK_RV reason) {
  absl::MutexLock lock(&mutex_);
  if (!refusal_.ok()) return refusal_;
  if (connection_number_ != lost_number) return absl::OkStatus();
  LogEvent(LogLevel::kWarning, "pkcs11.reconnecting").With("result", reason);
  ++connection_number_;
  const absl::MutexLock calls(&module_->calls());
  // An HSM that has restarted wants its module to be initialised anew, unless another token's user
  // has seen to it since.
  if (module_->epoch() == epoch_) module_->Reset();
  connection_ = nullptr;
  absl::StatusOr<std::unique_ptr<TokenConnection>> connection =
      TokenConnection::Open(*module_, token_label_, pin_);
  epoch_ = module_->epoch();
  if (absl::IsNotFound(connection.status())) {
    return Unavailable(ErrorReason::kInternal, "the HSM was lost, and its token is not there now");
  }
  if (absl::IsFailedPrecondition(connection.status())) {
    refusal_ = connection.status();
    pin_.Wipe();
  }
  RETURN_IF_ERROR(connection.status());
  connection_ = *std::move(connection);
  return absl::OkStatus();
}

}  // namespace cardvault
