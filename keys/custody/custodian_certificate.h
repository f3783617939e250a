#ifndef CARDVAULT_KEYS_CUSTODY_CUSTODIAN_CERTIFICATE_H_
#define CARDVAULT_KEYS_CUSTODY_CUSTODIAN_CERTIFICATE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keys/custody/openssl_handles.h"

namespace cardvault {

// A certificate with its chain in PEM form takes a few KiB.
inline constexpr size_t kMaxCertificatePemSize = size_t{64} << 10;

// RSA below this is weaker than 128 bits (SP 800-57 part 1, table 2).
inline constexpr int kMinRsaBits = 3072;

// The certificate that a custodian's share is sealed to. Whether an authority issued it is asked
// where custodians are approved, not here. Movable. Thread-compatible.
class CustodianCertificate final {
 public:
  // The first certificate of `pem`. INVALID_ARGUMENT (FIELD_INVALID, field `certificate`) when
  // there is none, when at `now` it is not valid yet or any more, when its key is neither RSA of
  // 3072 bits or more nor on P-256, P-384 or P-521, when its key usage leaves out what a share
  // needs (key encipherment, on a curve key agreement), and when it names URIs and none of them is
  // `custodian`.
  static absl::StatusOr<CustodianCertificate> Parse(absl::string_view pem,
                                                    absl::string_view custodian, absl::Time now);

  // SHA-256 of the certificate, and of its public key, which two certificates may share; 32 bytes.
  const std::string& sha256() const { return sha256_; }
  const std::string& key_sha256() const { return key_sha256_; }

  // For OpenSSL, which counts references behind a pointer that is not const.
  X509* get() const { return certificate_.get(); }

 private:
  CustodianCertificate(X509Ptr certificate, std::string sha256, std::string key_sha256);

  X509Ptr certificate_;
  std::string sha256_;
  std::string key_sha256_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_CUSTODIAN_CERTIFICATE_H_
