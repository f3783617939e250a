#include "keys/custody/testing/test_custody.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/id.h"
#include "base/testing/fake_clock.h"
#include "keys/custody/share_envelope.h"

namespace cardvault {

std::vector<TestCustodian> TestCustodians(size_t count) {
  std::vector<TestCustodian> custodians;
  for (size_t i = 0; i < count; ++i) custodians.emplace_back(absl::StrCat(i + 1));
  return custodians;
}

std::vector<NewCustodian> Asked(const std::vector<TestCustodian>& custodians) {
  std::vector<NewCustodian> asked;
  for (const TestCustodian& custodian : custodians) {
    asked.push_back({custodian.identity, custodian.certificate_pem, FakeClock().Now()});
  }
  return asked;
}

TestCustody::TestCustody(uint32_t threshold, size_t count)
    : TestCustody(threshold, TestCustodians(count)) {}

TestCustody::TestCustody(uint32_t threshold, std::vector<TestCustodian> people)
    : custodians(std::move(people)),
      made(CreateCustody(*VaultId::Parse("vault-1", "vault_id"), 1, threshold, Asked(custodians),
                         FakeClock().Now())
               .value()) {}

CustodianShare TestCustody::Open(size_t i) const {
  const auto document =
      OpenEnvelope(made.shares[i].envelope_pem, custodians[i].private_key_pem, nullptr);
  CV_CHECK(document.ok());
  auto share = ParseCustodianShare(*document);
  CV_CHECK(share.ok());
  return *std::move(share);
}

}  // namespace cardvault
