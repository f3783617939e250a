#include "vault/checkpoint/outside_log.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/sink/file_sink.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr char kOrigin[] = "cardvault/test/log/1";

class OutsideLogTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    std::filesystem::remove(path_);
    Start();
    CommitSome(40);
  }

  void CommitSome(int count) {
    for (int i = 0; i < count; ++i) Commit(PutSet(Table::kRecords, "row", "x"));
  }

  void Append(const Checkpoint& checkpoint) {
    FileSink sink(path_);
    ASSERT_THAT(sink.Append(SerializeNote(
                    {FormatCheckpoint(checkpoint), {{"x", 1, std::string(64, 's')}}})),
                IsOk());
  }

  Checkpoint Now() {
    const CompactRange tree = pipeline_->audit_tree();
    return {kOrigin, tree.size(), tree.Root()};
  }

  absl::Status Compare() { return CompareWithOutside(store_, kOrigin, path_); }

  const std::string path_ = ::testing::TempDir() + "/outside";
};

TEST_F(OutsideLogTest, ALogThatGoesOnBehindItsCheckpointIsWhole) {
  EXPECT_THAT(Compare(), IsOk());
  Append(Now());
  EXPECT_THAT(Compare(), IsOk());
  CommitSome(30);
  EXPECT_THAT(Compare(), IsOk());
  Append(Now());
  EXPECT_THAT(Compare(), IsOk());
}

// A3: a store that lost what it had, or was put back, is seen by what stands outside.
TEST_F(OutsideLogTest, AShorterLogIsNotAdmitted) {
  Checkpoint later = Now();
  later.size += 1;
  Append(later);
  EXPECT_THAT(Compare(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotAdmitted));
}

TEST_F(OutsideLogTest, ALogThatWasPutBackAndWrittenToIsNotAdmitted) {
  Checkpoint other = Now();
  other.root[0] ^= 1;
  Append(other);
  CommitSome(10);
  EXPECT_THAT(Compare(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotAdmitted));
}

TEST_F(OutsideLogTest, AnotherLogsFileIsRefused) {
  Checkpoint other = Now();
  other.origin = "cardvault/other/log/1";
  Append(other);
  EXPECT_THAT(Compare(), StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kForeign));
}

TEST_F(OutsideLogTest, AFileThatIsGoneIsMissedOnceCheckpointsWereSigned) {
  EXPECT_THAT(Compare(), IsOk());  // a new log
  const Checkpoint now = Now();
  pipeline_->KeepCheckpoint(
      {now.size, SerializeNote({FormatCheckpoint(now), {{"x", 1, std::string(64, 's')}}})});
  CommitSome(1);
  EXPECT_THAT(Compare(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotAdmitted));
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(Compare(), IsOk());
}

}  // namespace
}  // namespace cardvault
