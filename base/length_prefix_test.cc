#include "base/length_prefix.h"

#include <cstdint>
#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(LengthPrefixTest, EachPartHasItsLengthInFront) {
  EXPECT_EQ(LengthPrefixed({"ab", "", "c"}), std::string("\0\0\0\2ab\0\0\0\0\0\0\0\1c", 15));
  EXPECT_EQ(LengthPrefixed({}), "");
}

TEST(LengthPrefixTest, DifferentListsGiveDifferentBytes) {
  EXPECT_NE(LengthPrefixed({"ab", "c"}), LengthPrefixed({"a", "bc"}));
  EXPECT_NE(LengthPrefixed({"abc"}), LengthPrefixed({"abc", ""}));
  EXPECT_NE(LengthPrefixed({}), LengthPrefixed({""}));
}

TEST(LengthPrefixTest, BigEndianIntegersSortByNumber) {
  EXPECT_EQ(BigEndian32(0x01020304), std::string("\1\2\3\4", 4));
  EXPECT_EQ(BigEndian64(0x0102030405060708), std::string("\1\2\3\4\5\6\7\10", 8));
  EXPECT_LT(BigEndian64(255), BigEndian64(256));
  EXPECT_LT(BigEndian64(std::numeric_limits<int64_t>::max()),
            BigEndian64(std::numeric_limits<uint64_t>::max()));
}

TEST(LengthPrefixTest, ReadBigEndianGivesTheNumberBack) {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{1}, uint64_t{0x80}, uint64_t{0xfedcba9876543210},
        std::numeric_limits<uint64_t>::max()}) {
    EXPECT_EQ(ReadBigEndian64(BigEndian64(value)), value);
  }
}

TEST(LengthPrefixDeathTest, ReadBigEndianWantsEightBytes) {
  EXPECT_DEATH(ReadBigEndian64("1234567"), "check failed");
}

}  // namespace
}  // namespace cardvault
