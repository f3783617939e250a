#ifndef CARDVAULT_TESTS_TESTING_TEST_PKI_H_
#define CARDVAULT_TESTS_TESTING_TEST_PKI_H_

#include <memory>
#include <string>

namespace cardvault::testing {

// One certificate with its key, PEM.
struct PemPair {
  std::string certificate;
  std::string private_key;
};

// A throw-away certificate authority with keys made on the spot (P-256), valid for a day.
// Thread-compatible.
class TestPki final {
 public:
  TestPki();
  ~TestPki();
  TestPki(const TestPki&) = delete;
  TestPki& operator=(const TestPki&) = delete;

  const std::string& ca_pem() const { return ca_pem_; }

  // For "localhost" and 127.0.0.1.
  PemPair Server() const;

  // For a client whose URI name is `uri`; "" leaves the name out.
  PemPair Client(const std::string& uri) const;

 private:
  PemPair Issue(const std::string& common_name, const std::string& alternative_names) const;

  class Keys;
  std::unique_ptr<Keys> keys_;
  std::string ca_pem_;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_TEST_PKI_H_
