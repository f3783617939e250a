#include "keys/process_key.h"

#include "absl/status/status.h"
#include "base/access/secret_bytes_access.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

TEST(ProcessKeyTest, SealsAndOpens) {
  const auto key = NewProcessKey();
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->version(), 0u);
  const auto sealed = (*key)->Seal("text", "row");
  ASSERT_THAT(sealed, IsOk());
  const auto opened = (*key)->Open(*sealed, "row");
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(SecretBytesAccess::View(*opened) == "text");
}

TEST(ProcessKeyTest, IsAnotherEachTime) {
  const auto sealed = (*NewProcessKey())->Seal("text", "row");
  EXPECT_THAT((*NewProcessKey())->Open(*sealed, "row"), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault
