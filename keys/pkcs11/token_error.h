#ifndef CARDVAULT_KEYS_PKCS11_TOKEN_ERROR_H_
#define CARDVAULT_KEYS_PKCS11_TOKEN_ERROR_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include "base/error_text.h"

namespace cardvault {

// What the answers of a token mean for us. Thread-safe.

// The connection is gone, or what was known of the token holds no longer: it restarted, was
// unplugged, or logged us out. A new login may mend it.
bool IsLost(CK_RV result);

// The token says that what it was given to decrypt is not what it once encrypted.
bool SaysChangedBytes(CK_RV result);

// Some tokens say no more than this of changed bytes, and say it of their own failures too.
bool SaysNothing(CK_RV result);

// The token will not do it, now or later: the key or the token's rules do not allow the mechanism.
bool IsRefusal(CK_RV result);

// Logs the function's name and the number that the token answered.
void LogTokenError(ErrorText function, CK_RV result);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_TOKEN_ERROR_H_
