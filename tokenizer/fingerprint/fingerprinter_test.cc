#include "tokenizer/fingerprint/fingerprinter.h"

#include <memory>
#include <set>
#include <string>

#include "base/id.h"
#include "card/pan.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/card_generator.h"

namespace cardvault {
namespace {

class FingerprinterTest : public testing::Test {
 protected:
  const std::shared_ptr<const Keyring> keyring_ = MakeTestKeyring("v", 2);
  const std::shared_ptr<const MacKey> key_ = *keyring_->ActiveMac(KeyPurpose::kFingerprint);
  const MerchantId shop_ = *MerchantId::Parse("shop", "merchant");
  const MerchantId other_ = *MerchantId::Parse("other", "merchant");
  const Pan visa_ = *Pan::Parse(kVisaTestPan);
};

TEST_F(FingerprinterTest, FingerprintIsTheSameForTheSameMerchantAndPan) {
  const std::string first = Fingerprinter::FingerprintOf(*key_, shop_, visa_);
  EXPECT_EQ(first.size(), kMacSize);
  EXPECT_EQ(first, Fingerprinter::FingerprintOf(*key_, shop_, *Pan::Parse(kVisaTestPan)));
}

// T5: nothing of one merchant's card shows in another's.
TEST_F(FingerprinterTest, EveryOutputDiffersBetweenMerchants) {
  EXPECT_NE(Fingerprinter::FingerprintOf(*key_, shop_, visa_),
            Fingerprinter::FingerprintOf(*key_, other_, visa_));
  EXPECT_NE(Fingerprinter::EnumerationMac(*key_, shop_, visa_),
            Fingerprinter::EnumerationMac(*key_, other_, visa_));
  EXPECT_NE(Fingerprinter::RequestMac(*key_, shop_, visa_),
            Fingerprinter::RequestMac(*key_, other_, visa_));
}

TEST_F(FingerprinterTest, OutputsOfDifferentUsesNeverMeet) {
  const std::string fingerprint = Fingerprinter::FingerprintOf(*key_, shop_, visa_);
  const std::string enumeration = Fingerprinter::EnumerationMac(*key_, shop_, visa_);
  EXPECT_EQ(enumeration.size(), kEnumerationMacSize);
  EXPECT_NE(enumeration, fingerprint.substr(0, kEnumerationMacSize));
  EXPECT_NE(Fingerprinter::RequestMac(*key_, shop_, visa_), fingerprint);
}

// S7: what is stored depends on a key and on its version.
TEST_F(FingerprinterTest, FingerprintDiffersBetweenKeyVersionsAndVaults) {
  const auto older = *keyring_->MacVersion(KeyPurpose::kFingerprint, 1);
  EXPECT_NE(Fingerprinter::FingerprintOf(*key_, shop_, visa_),
            Fingerprinter::FingerprintOf(*older, shop_, visa_));
  const auto foreign = *MakeTestKeyring("w", 2)->ActiveMac(KeyPurpose::kFingerprint);
  EXPECT_NE(Fingerprinter::FingerprintOf(*key_, shop_, visa_),
            Fingerprinter::FingerprintOf(*foreign, shop_, visa_));
}

TEST_F(FingerprinterTest, FingerprintsOfManyCardsAreDistinct) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const Pan pan = *Pan::Parse(generator.Pan());
    EXPECT_TRUE(seen.insert(Fingerprinter::FingerprintOf(*key_, shop_, pan)).second);
  }
}

}  // namespace
}  // namespace cardvault
