#include "keys/openssl_error.h"

#include <openssl/err.h>

#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"

namespace cardvault {

absl::Status CryptoFailure() {
  const unsigned long code = ERR_peek_error();  // NOLINT(runtime/int): OpenSSL's type
  DropOpenSslErrors();
  LogEvent(LogLevel::kError, "crypto.failed").With("openssl_code", code);
  return Internal(ErrorReason::kCrypto, "a cryptographic operation failed");
}

void DropOpenSslErrors() { ERR_clear_error(); }

}  // namespace cardvault
