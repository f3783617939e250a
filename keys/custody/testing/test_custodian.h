#ifndef CARDVAULT_KEYS_CUSTODY_TESTING_TEST_CUSTODIAN_H_
#define CARDVAULT_KEYS_CUSTODY_TESTING_TEST_CUSTODIAN_H_

#include <string>

#include "absl/time/time.h"
#include "base/secret_bytes.h"
#include "base/testing/fake_clock.h"
#include "keys/custody/openssl_handles.h"

namespace cardvault {

// Kinds of keys of custodians, made on the spot.
EvpPkeyPtr MakeCurveKey(const std::string& curve);
EvpPkeyPtr MakeRsaKey(int bits);

// What a test's certificate says; valid for a day around the FakeClock's first instant.
struct CertificateForm {
  std::string uri;        // "" leaves the name out
  std::string key_usage;  // as in an openssl.cnf; "" leaves it out
  absl::Time not_before = FakeClock().Now() - absl::Hours(12);
  absl::Time not_after = FakeClock().Now() + absl::Hours(12);
};

// PEM; nobody asks who signed it.
std::string MakeCertificate(EVP_PKEY* key, const CertificateForm& form);

// PEM; with `passphrase` not empty, under it.
SecretBytes PrivateKeyPem(EVP_PKEY* key, const std::string& passphrase = "");

// A person with a key on P-256 and a certificate that names him.
struct TestCustodian {
  explicit TestCustodian(const std::string& name)
      : identity("spiffe://vault.example/custodian/" + name),
        key(MakeCurveKey("P-256")),
        certificate_pem(MakeCertificate(key.get(), {.uri = identity, .key_usage = ""})),
        private_key_pem(PrivateKeyPem(key.get())) {}

  std::string identity;
  EvpPkeyPtr key;
  std::string certificate_pem;
  SecretBytes private_key_pem;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_TESTING_TEST_CUSTODIAN_H_
