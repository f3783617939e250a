#include "keys/key_purpose.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(KeyPurposeTest, NumbersOnDiskAreFixed) {
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kPan), 1u);
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kProfile), 2u);
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kFingerprint), 3u);
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kTokenMac), 4u);
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kRequestDigest), 5u);
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kCursor), 6u);
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kRouteCredential), 7u);
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kRowIndex), 8u);
  EXPECT_EQ(static_cast<uint32_t>(KeyPurpose::kAuditSigning), 9u);
}

TEST(KeyPurposeTest, AllPurposesHasEachOnceWithItsOwnName) {
  std::set<uint32_t> numbers;
  std::set<std::string> names;
  for (const KeyPurpose purpose : AllPurposes()) {
    numbers.insert(static_cast<uint32_t>(purpose));
    names.insert(std::string(PurposeName(purpose)));
    EXPECT_EQ(SafeForLog(purpose), PurposeName(purpose));
  }
  EXPECT_THAT(numbers, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(names.size(), numbers.size());
  EXPECT_EQ(names.count("unknown"), 0u);
}

TEST(KeyPurposeTest, AlgorithmOfIsAeadForWhatIsOpenedAgain) {
  for (const KeyPurpose purpose : AllPurposes()) {
    if (purpose == KeyPurpose::kAuditSigning) continue;
    const bool opened = purpose == KeyPurpose::kPan || purpose == KeyPurpose::kProfile ||
                        purpose == KeyPurpose::kRouteCredential;
    EXPECT_EQ(AlgorithmOf(purpose), opened ? KeyAlgorithm::kAes256Gcm : KeyAlgorithm::kHmacSha256)
        << PurposeName(purpose);
  }
  EXPECT_EQ(AlgorithmName(KeyAlgorithm::kAes256Gcm), "AES-256-GCM");
  EXPECT_EQ(AlgorithmName(KeyAlgorithm::kHmacSha256), "HMAC-SHA-256");
  EXPECT_EQ(AlgorithmOf(KeyPurpose::kAuditSigning), KeyAlgorithm::kEd25519);
  EXPECT_EQ(AlgorithmName(KeyAlgorithm::kEd25519), "Ed25519");
}

TEST(KeyPurposeTest, StrengthBitsAreThoseOfTheAlgorithm) {
  EXPECT_EQ(StrengthBits(KeyAlgorithm::kAes256Gcm), 256);
  EXPECT_EQ(StrengthBits(KeyAlgorithm::kHmacSha256), 256);
  EXPECT_EQ(StrengthBits(KeyAlgorithm::kEd25519), 128);
}

TEST(KeyPurposeDeathTest, AlgorithmOfUnknownPurposeEndsTheProcess) {
  EXPECT_DEATH(AlgorithmOf(static_cast<KeyPurpose>(0)), "check failed");
}

}  // namespace
}  // namespace cardvault
