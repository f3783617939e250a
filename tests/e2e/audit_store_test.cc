// `cardvault audit verify --store` on a real vault: beside a running server, and behind it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Words = std::vector<std::string>;

class AuditStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(vault_.Start()) << vault_.output();
    const std::string keys =
        RunToEnd({"cli/cardvault", "--profile", vault_.WriteProfile(), "audit", "keys"}, output_)
            .output;
    const size_t begin = keys.find("cardvault/");
    key_ = keys.substr(begin, keys.find('\n', begin) - begin);
  }

  Finished Verify(const std::string& store, const Words& more = {}) {
    Words words = {"cli/cardvault", "audit", "verify", "--store", store, "--key", key_};
    words.insert(words.end(), more.begin(), more.end());
    return RunToEnd(words, output_);
  }

  VaultProcess vault_;
  const std::string output_ = vault_.directory().File("output");
  const std::string sink_ = vault_.directory().File("checkpoints");
  std::string key_;
};

TEST_F(AuditStoreTest, ALogIsCheckedWhereItStandsWithAndWithoutAServerOnIt) {
  const Finished beside = Verify(vault_.data_directory(), {"--no-anchor"});
  EXPECT_EQ(beside.exit_code, 0) << beside.output;
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  const Finished whole = Verify(vault_.data_directory(), {"--checkpoint", sink_});
  EXPECT_EQ(whole.exit_code, 0) << whole.output;
  EXPECT_THAT(whole.output, AllOf(StartsWith("entries 0.."),
                                  HasSubstr("confirmed by the outside checkpoint at size ")));
  const Finished alone = Verify(vault_.data_directory());
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_THAT(alone.output, HasSubstr("later entries not excluded"));
  // It left nothing behind that keeps the server from starting.
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  EXPECT_EQ(vault_.Stop(), 0);
}

TEST_F(AuditStoreTest, AnEarlierCopyIsFoundOut) {
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  const std::string copy = vault_.directory().File("copy");
  fs::copy(vault_.data_directory(), copy, fs::copy_options::recursive);
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  const Finished cut = Verify(copy, {"--checkpoint", sink_, "--no-anchor"});
  EXPECT_EQ(cut.exit_code, 1);
  EXPECT_THAT(cut.output, StartsWith(absl::StrCat("cut-tail: ", sink_, ":")));
  EXPECT_THAT(Verify(copy, {"--checkpoint", sink_, "--json"}).output,
              AllOf(HasSubstr("\"verdict\":\"cut-tail\""), HasSubstr("\"good\":false")));
  fs::remove(fs::path(copy) / "CURRENT");
  EXPECT_THAT(Verify(copy).output, StartsWith("damaged: "));
}

TEST_F(AuditStoreTest, WrongUsageIsTwo) {
  EXPECT_EQ(Verify("data", {"export.jsonl"}).exit_code, 2);
  EXPECT_EQ(RunToEnd({"cli/cardvault", "audit", "verify", "--key", key_}, output_).exit_code, 2);
  EXPECT_THAT(Verify(vault_.directory().path()).output, StartsWith("unreadable: "));
}

}  // namespace
}  // namespace cardvault::testing
