#ifndef CARDVAULT_SERVER_TLS_EXPIRY_H_
#define CARDVAULT_SERVER_TLS_EXPIRY_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace cardvault {

// Until when the first certificate of `pem` is valid; InfinitePast when there is none that parses.
// Thread-safe.
absl::Time CertificateExpiry(absl::string_view pem);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_TLS_EXPIRY_H_
