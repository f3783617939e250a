#include "base/random.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/access/secret_bytes_access.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(RandomTest, BytesHaveTheSizeAskedForAndDiffer) {
  EXPECT_EQ(RandomBytes(0).size(), 0u);
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string bytes = RandomBytes(16);
    ASSERT_EQ(bytes.size(), 16u);
    ASSERT_TRUE(seen.insert(bytes).second);
  }
}

TEST(RandomTest, EveryByteValueComes) {
  const std::string bytes = RandomBytes(64 * 1024);
  EXPECT_EQ(std::set<char>(bytes.begin(), bytes.end()).size(), 256u);
}

TEST(RandomTest, SecretBytesAreRandomToo) {
  const SecretBytes a = RandomSecretBytes(32);
  const SecretBytes b = RandomSecretBytes(32);
  ASSERT_EQ(a.size(), 32u);
  EXPECT_FALSE(SecretBytesAccess::View(a) == SecretBytesAccess::View(b));
  EXPECT_TRUE(RandomSecretBytes(0).empty());
}

}  // namespace
}  // namespace cardvault
