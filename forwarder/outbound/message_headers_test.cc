#include "forwarder/outbound/message_headers.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(MessageHeadersTest, FindsOneValueInAnyCase) {
  EXPECT_EQ(FindHeader({{"gt-authentication", "a"}, {"x", "b"}}, "Gt-Authentication"), "a");
  EXPECT_EQ(FindHeader({{"A", "x"}, {"a", "x"}}, "A"), "x");
  EXPECT_EQ(FindHeader({{"A", ""}}, "A"), "");
}

TEST(MessageHeadersTest, MissingContradictingAndOverlongOnesAreNotFound) {
  EXPECT_EQ(FindHeader({{"ab", "x"}}, "a"), std::nullopt);
  EXPECT_EQ(FindHeader({{"A", "x"}, {"a", "y"}}, "A"), std::nullopt);
  EXPECT_EQ(FindHeader({{"A", "x"}, {"b", ""}, {"A", "X"}}, "A"), std::nullopt);
  EXPECT_NE(FindHeader({{"A", std::string(kMaxProofHeaderSize, 'x')}}, "A"), std::nullopt);
  EXPECT_EQ(FindHeader({{"A", std::string(kMaxProofHeaderSize + 1, 'x')}}, "A"), std::nullopt);
}

}  // namespace
}  // namespace cardvault
