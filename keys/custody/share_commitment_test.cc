#include "keys/custody/share_commitment.h"

#include <string>

#include "base/length_prefix.h"
#include "base/secret_bytes.h"
#include "base/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using testing::Eq;

std::string Commitment(const std::string& kek_id, const std::string& custodian, uint32_t index,
                       const std::string& share) {
  return ShareCommitment(kek_id, custodian, index, SecretBytes::CopyOf(share)).value();
}

TEST(ShareCommitmentTest, IsTheHashOfItsPartsWithTheirLengths) {
  EXPECT_THAT(ShareCommitment("kek", "alice", 3, SecretBytes::CopyOf("share")),
              IsOkAndHolds(Eq(Sha256(LengthPrefixed(
                  {"cardvault share commitment v1", "kek", "alice", BigEndian32(3), "share"})))));
}

TEST(ShareCommitmentTest, EveryPartCounts) {
  const std::string one = Commitment("kek", "alice", 1, "share");
  EXPECT_NE(one, Commitment("kek2", "alice", 1, "share"));
  EXPECT_NE(one, Commitment("kek", "bob", 1, "share"));
  EXPECT_NE(one, Commitment("kek", "alice", 2, "share"));
  EXPECT_NE(one, Commitment("kek", "alice", 1, "shard"));
  EXPECT_NE(one, Commitment("keka", "lice", 1, "share"));
}

TEST(ShareCommitmentTest, SameCommitmentComparesEveryByte) {
  const std::string one = Commitment("kek", "alice", 1, "share");
  EXPECT_TRUE(SameCommitment(one, one));
  EXPECT_FALSE(SameCommitment(one, one.substr(0, 31)));
  EXPECT_FALSE(SameCommitment(one, ""));
  for (size_t i = 0; i < one.size(); ++i) {
    std::string other = one;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(SameCommitment(one, other));
  }
}

}  // namespace
}  // namespace cardvault
