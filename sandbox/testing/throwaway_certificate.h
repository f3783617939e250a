#ifndef CARDVAULT_SANDBOX_TESTING_THROWAWAY_CERTIFICATE_H_
#define CARDVAULT_SANDBOX_TESTING_THROWAWAY_CERTIFICATE_H_

#include <string>

namespace cardvault::sandbox {

// Makes a new P-256 key and a certificate that it signs itself, for 127.0.0.1 and an hour, and
// writes both as PEM. Aborts when it cannot.
void WriteThrowawayCertificate(const std::string& cert_path, const std::string& key_path);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_TESTING_THROWAWAY_CERTIFICATE_H_
