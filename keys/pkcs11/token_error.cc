#include "keys/pkcs11/token_error.h"

#include "base/log.h"

namespace cardvault {

bool IsLost(CK_RV result) {
  switch (result) {
    case CKR_CRYPTOKI_NOT_INITIALIZED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_SLOT_ID_INVALID:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_DEVICE_REMOVED:
    case CKR_DEVICE_ERROR:  // what modules of network HSMs say of a lost line
    case CKR_USER_NOT_LOGGED_IN:
    // Handles of keys are those of one initialisation.
    case CKR_KEY_HANDLE_INVALID:
    case CKR_OBJECT_HANDLE_INVALID:
      return true;
    default:
      return false;
  }
}

bool SaysChangedBytes(CK_RV result) {
  return result == CKR_ENCRYPTED_DATA_INVALID || result == CKR_ENCRYPTED_DATA_LEN_RANGE;
}

bool SaysNothing(CK_RV result) {
  return result == CKR_GENERAL_ERROR || result == CKR_FUNCTION_FAILED ||
         (result & CKR_VENDOR_DEFINED) != 0;
}

bool IsRefusal(CK_RV result) {
  switch (result) {
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_KEY_SIZE_RANGE:
    case CKR_FUNCTION_NOT_SUPPORTED:
      return true;
    default:
      return false;
  }
}

void LogTokenError(ErrorText function, CK_RV result) {
  LogEvent(LogLevel::kError, "pkcs11.failed").With("function", function).With("result", result);
}

}  // namespace cardvault
