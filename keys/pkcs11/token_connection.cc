#include "keys/pkcs11/token_connection.h"

#include <string>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/strip.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/pkcs11/token_error.h"

namespace cardvault {
namespace {

// Far more than any HSM has; a number beyond it is no number of slots.
constexpr CK_ULONG kMaxSlots = 1024;

absl::Status Failed(ErrorText function, CK_RV result) {
  LogTokenError(function, result);
  return Unavailable(ErrorReason::kInternal, "the HSM does not answer as it should");
}

absl::Status LoginError(CK_RV result) {
  LogTokenError("C_Login", result);
  switch (result) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
      return FailedPrecondition(ErrorReason::kPolicy,
                                "the HSM's token refuses the PIN; it is not tried again, for wrong "
                                "ones lock the token");
    case CKR_PIN_LOCKED:
      return FailedPrecondition(ErrorReason::kPolicy,
                                "the PIN of the HSM's token is locked: its security officer must "
                                "set a new one");
    case CKR_PIN_EXPIRED:
      return FailedPrecondition(ErrorReason::kPolicy, "the PIN of the HSM's token has expired");
    case CKR_USER_PIN_NOT_INITIALIZED:
      return FailedPrecondition(ErrorReason::kPolicy,
                                "the HSM's token has no user PIN yet: its security officer must "
                                "set one");
    default:
      return Unavailable(ErrorReason::kInternal, "the login at the HSM's token failed");
  }
}

// Labels stand in 32 bytes that are filled up with blanks.
bool HasLabel(const CK_TOKEN_INFO& info, absl::string_view label) {
  absl::string_view found(reinterpret_cast<const char*>(info.label), sizeof(info.label));
  while (absl::ConsumeSuffix(&found, " ")) continue;
  return found == label;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenConnection>> TokenConnection::Open(
    Pkcs11Module& module, absl::string_view token_label, const SecretBytes& pin) {
  RETURN_IF_ERROR(module.Start());
  auto connection = absl::WrapUnique(new TokenConnection(module));
  RETURN_IF_ERROR(connection->FindSlot(token_label));
  RETURN_IF_ERROR(connection->Login(pin));
  return connection;
}

TokenConnection::~TokenConnection() {
  // Handles of before are perhaps another's now.
  if (!is_good()) {
    if (sessions_ != nullptr) sessions_->Forget();
  } else if (login_session_ != CK_INVALID_HANDLE) {
    sessions_.reset();
    // And with the last session the login: another token of the module stays open.
    functions().C_CloseSession(login_session_);
  }
  module_.Stop();
}

absl::Status TokenConnection::FindSlot(absl::string_view token_label) {
  CK_ULONG count = 0;
  if (const CK_RV result = functions().C_GetSlotList(CK_TRUE, nullptr, &count); result != CKR_OK) {
    return Failed("C_GetSlotList", result);
  }
  if (count > kMaxSlots) return Failed("C_GetSlotList", CKR_GENERAL_ERROR);
  std::vector<CK_SLOT_ID> slots(count);
  if (const CK_RV result = functions().C_GetSlotList(CK_TRUE, slots.data(), &count);
      result != CKR_OK) {
    return Failed("C_GetSlotList", result);
  }
  slots.resize(count);
  bool found = false;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    // One that cannot be asked is perhaps being plugged in; it is not ours until it says so.
    if (functions().C_GetTokenInfo(slot, &info) != CKR_OK || !HasLabel(info, token_label)) continue;
    if (found) {
      return FailedPrecondition(ErrorReason::kPolicy,
                                "several tokens of the HSM have the label of the configuration");
    }
    found = true;
    slot_ = slot;
    token_flags_ = info.flags;
  }
  if (!found) {
    return NotFound(ErrorReason::kNotFound,
                    "no token of the HSM has the label of the configuration");
  }
  return absl::OkStatus();
}

absl::Status TokenConnection::Login(const SecretBytes& pin) {
  // A service that is started again and again must not be what locks the token.
  if ((token_flags_ & CKF_USER_PIN_FINAL_TRY) != 0) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "one try of the PIN is left before the HSM's token locks itself: log "
                              "in once with the HSM's own tool");
  }
  // The login lasts as long as a session of it, so this one stays open beside those that may fail.
  if (const CK_RV result =
          functions().C_OpenSession(slot_, kSessionFlags, nullptr, nullptr, &login_session_);
      result != CKR_OK) {
    return Failed("C_OpenSession", result);
  }
  const absl::string_view bytes = SecretBytesAccess::View(pin);
  const CK_RV result = functions().C_Login(
      login_session_, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(bytes.data())),
      bytes.size());
  if (result != CKR_OK) return LoginError(result);
  sessions_ = std::make_unique<SessionPool>(functions(), slot_);
  return absl::OkStatus();
}

CK_RV TokenConnection::Use(const std::function<CK_RV(CK_SESSION_HANDLE)>& work) {
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  if (const CK_RV taken = sessions_->Take(session); taken != CKR_OK) return taken;
  const CK_RV result = work(session);
  if (result == CKR_OK) {
    sessions_->GiveBack(session);
  } else {
    sessions_->Drop(session);
  }
  return result;
}

absl::Status TokenConnection::RequireMechanism(CK_MECHANISM_TYPE mechanism, CK_FLAGS uses,
                                               ErrorText missing) const {
  CK_MECHANISM_INFO info{};
  const CK_RV result = functions().C_GetMechanismInfo(slot_, mechanism, &info);
  if (result == CKR_MECHANISM_INVALID || (result == CKR_OK && (info.flags & uses) != uses)) {
    return FailedPrecondition(ErrorReason::kPolicy, missing);
  }
  return result == CKR_OK ? absl::OkStatus() : Failed("C_GetMechanismInfo", result);
}

}  // namespace cardvault
