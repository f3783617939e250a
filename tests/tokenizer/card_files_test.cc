// Cards on the real engine: what its files hold, and what a restart keeps.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tokenizer/testing/test_vault.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/retention/retention_sweeper.h"

namespace cardvault {
namespace {

class CardFilesTest : public testing::Test {
 protected:
  std::unique_ptr<RocksDbEngine> Open() {
    RocksDbOptions options;
    options.path = dir_.File("data");
    options.create_if_missing = true;
    options.block_cache_size_bytes = size_t{8} << 20;
    options.write_buffer_size_bytes = size_t{4} << 20;
    absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options);
    EXPECT_THAT(engine, IsOk());
    return *std::move(engine);
  }
  // All files of the data directory, one after the other.
  std::string AllFiles() const {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
      all.push_back('\n');
    }
    return all;
  }
  // A number as it may stand in memory or on disk.
  static std::vector<std::string> SpellingsOf(const std::string& pan) {
    std::string wide;
    for (const char c : pan) wide.append({c, '\0'});
    return {pan, absl::HexStringToBytes(pan), wide, absl::BytesToHexString(pan),
            absl::Base64Escape(pan).substr(0, 20)};
  }

  const TempDir dir_;
  CardGenerator generator_ = CardGenerator::FromEnvironment();
};

// S6, S8: the disk itself is not encrypted, and no file of the vault holds a number that went in,
// nor a cardholder's name.
TEST_F(CardFilesTest, NoFileHoldsACardNumber) {
  std::vector<std::string> pans;
  {
    const std::unique_ptr<RocksDbEngine> engine = Open();
    TestVault vault(*engine, {});
    for (int i = 0; i < 500; ++i) {
      pans.push_back(generator_.Pan());
      TokenizeInput input = vault.Card(pans.back());
      input.customer = TestCustomer(absl::StrCat("c", i % 7));
      input.cardholder_name = "Grace Hopper";
      ASSERT_THAT(vault.Tokenize(std::move(input)), IsOk());
    }
    vault.Stop();
    ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());  // some in tables, some in the log
  }
  std::string files = AllFiles();
  ASSERT_GT(files.size(), 100000u);
  EXPECT_EQ(files.find("Grace Hopper"), std::string::npos);
  for (const std::string& pan : pans) {
    for (const std::string& spelling : SpellingsOf(pan)) {
      ASSERT_EQ(files.find(spelling), std::string::npos);
    }
  }
  // The search finds what is there.
  files.append(pans.back());
  EXPECT_NE(files.find(SpellingsOf(pans.back())[0]), std::string::npos);
}

// S1: after deletion and purge no byte of the ciphertext is in any file.
TEST_F(CardFilesTest, PurgedCardsLeaveNoCiphertextInAnyFile) {
  std::vector<std::string> sealed;
  const std::unique_ptr<RocksDbEngine> engine = Open();
  TestVault vault(*engine, {});
  for (int i = 0; i < 20; ++i) {
    TokenizeInput input = vault.Card(generator_.Pan());
    input.retention = absl::Hours(1);
    ASSERT_THAT(vault.Tokenize(std::move(input)), IsOk());
  }
  for (const KeyedRow& row : vault.Rows(Table::kRecords)) {
    storage::v1::CardRecord record;
    ASSERT_TRUE(record.ParseFromString(row.row.value));
    sealed.push_back(record.pan().sealed());
    sealed.push_back(record.profile().sealed());
  }
  ASSERT_EQ(sealed.size(), 40u);
  const auto count_found = [&] {
    const std::string files = AllFiles();
    size_t found = 0;
    for (const std::string& bytes : sealed) found += files.find(bytes) != std::string::npos;
    return found;
  };
  EXPECT_EQ(count_found(), 40u);  // the search finds them while they are there
  vault.clock().Advance(absl::Hours(1));
  RetentionSweeper sweeper(vault.engine(), vault.pipeline(), vault.keyring(), vault.clock(),
                           {.purge_within = absl::Hours(2)},
                           [&engine] { return engine->Purge(Table::kRecords); });
  ASSERT_EQ(sweeper.SweepOnce()->deleted_count, 20u);
  vault.clock().Advance(absl::Hours(1));
  sweeper.PurgeIfDue();
  EXPECT_EQ(count_found(), 0u);
}

TEST_F(CardFilesTest, EverythingIsThereAfterARestart) {
  std::vector<TokenView> views;
  {
    const std::unique_ptr<RocksDbEngine> engine = Open();
    TestVault vault(*engine, {});
    for (int i = 0; i < 50; ++i) {
      TokenizeInput input = vault.Card(generator_.Pan());
      input.retention = absl::Hours(1 + i);
      views.push_back(vault.Tokenize(std::move(input))->view);
    }
    EXPECT_EQ(vault.Inconsistency(), "");
  }
  const std::unique_ptr<RocksDbEngine> engine = Open();
  TestVault vault(*engine, {});
  for (const TokenView& view : views) {
    const absl::StatusOr<TokenView> read = vault.Get(view.token);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->revision, view.revision);
  }
  EXPECT_EQ(vault.ListAll({}, 7)->size(), 50u);
  EXPECT_EQ(vault.Inconsistency(), "");
  // What fell due while no process ran is swept now.
  vault.clock().Advance(absl::Hours(20));
  RetentionSweeper sweeper(vault.engine(), vault.pipeline(), vault.keyring(), vault.clock(), {},
                           [] { return absl::OkStatus(); });
  EXPECT_EQ(sweeper.SweepOnce()->deleted_count, 20u);
  EXPECT_EQ(vault.Inconsistency(), "");
}

TEST_F(CardFilesTest, CallersWithOnePanInOneForcedBatchGetOneToken) {
  constexpr int kCallers = 64;
  const std::unique_ptr<RocksDbEngine> engine = Open();
  TestVault vault(*engine, {});
  const std::string pan = generator_.Pan();
  std::vector<absl::StatusOr<TokenizeOutput>> outputs(kCallers, absl::UnknownError(""));
  absl::BlockingCounter open(kCallers);
  vault.pipeline().HoldUntil(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    TokenizeInput input = vault.Card(pan);
    input.customer = TestCustomer("c1");
    vault.tokenizer().Tokenize(std::move(input), [&, i](absl::StatusOr<TokenizeOutput> output) {
      outputs[i] = std::move(output);
      open.DecrementCount();
    });
  }
  open.Wait();
  for (const auto& output : outputs) {
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token, outputs.front()->view.token);
  }
  EXPECT_EQ(vault.Rows(Table::kRecords).size(), 1u);
  EXPECT_EQ(vault.Inconsistency(), "");
}

}  // namespace
}  // namespace cardvault
