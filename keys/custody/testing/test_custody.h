#ifndef CARDVAULT_KEYS_CUSTODY_TESTING_TEST_CUSTODY_H_
#define CARDVAULT_KEYS_CUSTODY_TESTING_TEST_CUSTODY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/secret_bytes.h"
#include "keys/custody/custodian_share.h"
#include "keys/custody/custody_creation.h"
#include "keys/custody/testing/test_custodian.h"

namespace cardvault {

// Custodians who acknowledged, with nothing made yet. Their names are "1", "2" and so on.
std::vector<TestCustodian> TestCustodians(size_t count);
std::vector<NewCustodian> Asked(const std::vector<TestCustodian>& custodians);

// A KEK among people, with what each of them got and can open. Made at the FakeClock's first
// instant.
struct TestCustody {
  TestCustody(uint32_t threshold, size_t count);
  TestCustody(uint32_t threshold, std::vector<TestCustodian> custodians);

  // Share `i` (from 0) as its custodian opens it.
  CustodianShare Open(size_t i) const;
  SecretBytes ShareBytes(size_t i) const { return Open(i).share; }
  const std::string& Identity(size_t i) const { return custodians[i].identity; }

  std::vector<TestCustodian> custodians;
  NewCustody made;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_TESTING_TEST_CUSTODY_H_
