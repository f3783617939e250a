#include "vault/admission/store_standing.h"

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "audit/action.h"
#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/sink/file_sink.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/admission/admission.h"
#include "vault/admission/machine.h"
#include "vault/admission/restore_mark.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = AdmissionReason::Kind;

class StoreStandingTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    Start();
    CommitSome(40);
  }

  void CommitSome(int count) {
    for (int i = 0; i < count; ++i) Commit(PutSet(Table::kRecords, "row", "x"));
  }

  Checkpoint Now(uint32_t log = 1) {
    const CompactRange tree = pipeline_->audit_tree();
    return {LogOrigin(vault_, log), tree.size(), tree.Root()};
  }

  static std::string Note(const Checkpoint& checkpoint) {
    return SerializeNote({FormatCheckpoint(checkpoint), {{"x", 1, std::string(64, 's')}}});
  }

  void Append(const Checkpoint& checkpoint, const std::string& file = "a") {
    FileSink sink(directory_.File(file));
    ASSERT_THAT(sink.Append(Note(checkpoint)), IsOk());
  }

  absl::StatusOr<StoreStanding> Judge(const std::vector<std::string>& files = {"a"}) {
    std::vector<std::string> paths;
    for (const std::string& file : files) paths.push_back(directory_.File(file));
    return JudgeStore(store_, {vault_, machine_, paths});
  }

  std::vector<Kind> Reasons(const std::vector<std::string>& files = {"a"}) {
    const absl::StatusOr<StoreStanding> standing = Judge(files);
    EXPECT_THAT(standing, IsOk());
    std::vector<Kind> kinds;
    if (!standing.ok()) return kinds;
    for (const AdmissionReason& reason : standing->reasons) kinds.push_back(reason.kind);
    return kinds;
  }

  // As the server does it: nothing else is in the commit.
  void Admit(const RestoredLog& before) {
    pipeline_.reset();
    CommitPipeline::Options options;
    options.is_closed = true;
    Start(options);
    Admission admission;
    admission.log = before.log + 1;
    admission.restored_size = pipeline_->audit_entry_count();
    admission.before = before;
    admission.admit_time = absl::FromUnixSeconds(1'800'000'000);
    WriteSet set;
    set.leaves.push_back(Leaf(FormatRestoredLog(before), AuditAction::kLogRestored));
    set.puts.push_back(AdmissionPut(admission));
    ASSERT_TRUE(Commit(std::move(set)).committed());
  }

  cardvault::TempDir directory_;
  const VaultId vault_ = *VaultId::Parse("vault-test", "vault");
  std::optional<std::string> machine_;
};

TEST_F(StoreStandingTest, ALogThatGoesOnBehindItsCheckpointIsWhole) {
  EXPECT_THAT(Reasons(), IsEmpty());
  Append(Now());
  EXPECT_THAT(Reasons(), IsEmpty());
  CommitSome(30);
  const absl::StatusOr<StoreStanding> standing = Judge();
  ASSERT_THAT(standing, IsOk());
  EXPECT_TRUE(standing->is_admitted());
  EXPECT_EQ(standing->log(), 1u);
  EXPECT_EQ(standing->log_size, 70u);
}

// A3: a store that lost what it had, or was put back, is seen by what stands outside.
TEST_F(StoreStandingTest, AShorterLogNamesTheEntriesThatAreMissing) {
  Checkpoint later = Now();
  later.size += 3;
  Append(later);
  const absl::StatusOr<StoreStanding> standing = Judge();
  ASSERT_THAT(standing, IsOk());
  ASSERT_EQ(standing->reasons.size(), 1u);
  const AdmissionReason& reason = standing->reasons[0];
  EXPECT_EQ(reason.kind, Kind::kEntriesMissing);
  EXPECT_EQ(reason.missing_first, 40u);
  EXPECT_EQ(reason.missing_end, 43u);
  EXPECT_TRUE(absl::StrContains(reason.text, directory_.File("a"))) << reason.text;
  EXPECT_TRUE(absl::StrContains(reason.text, "40..42")) << reason.text;
  EXPECT_EQ(standing->before, (RestoredLog{1, 43, later.root}));
}

TEST_F(StoreStandingTest, ALogThatWasPutBackAndWrittenToIsNotAdmitted) {
  Checkpoint other = Now();
  other.root[0] ^= 1;
  Append(other);
  CommitSome(10);
  EXPECT_THAT(Reasons(), ElementsAre(Kind::kOtherHistory));
}

TEST_F(StoreStandingTest, AnotherVaultsFileIsRefused) {
  Append({"cardvault/other/log/1", 1, {}});
  EXPECT_THAT(Judge(), StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kForeign));
}

TEST_F(StoreStandingTest, AFileThatIsGoneIsMissedOnceCheckpointsWereSigned) {
  EXPECT_THAT(Reasons(), IsEmpty());  // a new log
  pipeline_->KeepCheckpoint({Now().size, Note(Now())});
  CommitSome(1);
  EXPECT_THAT(Reasons(), ElementsAre(Kind::kCheckpointsGone));
  ASSERT_EQ(mkfifo(directory_.File("a").c_str(), 0600), 0);
  EXPECT_THAT(Reasons(), IsEmpty());
}

TEST_F(StoreStandingTest, EveryReasonIsNamed) {
  ASSERT_THAT(PutRestoreMark(store_, {"backup-7", absl::FromUnixSeconds(1'750'000'000), 40,
                                      absl::FromUnixSeconds(1'760'000'000)}),
              IsOk());
  WriteSet set;
  set.puts = {MachinePut(std::string(32, 'm'))};
  set.leaves = {Leaf("x")};
  Commit(std::move(set));
  machine_ = std::string(32, 'n');
  Checkpoint later = Now();
  ++later.size;
  Append(later);
  EXPECT_THAT(Reasons(), ElementsAre(Kind::kRestored, Kind::kOtherMachine, Kind::kEntriesMissing));
  machine_ = std::string(32, 'm');
  EXPECT_THAT(Reasons(), ElementsAre(Kind::kRestored, Kind::kEntriesMissing));
  machine_ = std::nullopt;  // the sandbox, without a machine id
  EXPECT_THAT(Reasons(), ElementsAre(Kind::kRestored, Kind::kEntriesMissing));
}

TEST_F(StoreStandingTest, TheLastCheckpointOfAllFilesIsDeclared) {
  Checkpoint later = Now();
  later.size += 5;
  Append(later, "a");
  later.size += 2;
  Append(later, "b");
  const absl::StatusOr<StoreStanding> standing = Judge({"a", "b", "c"});
  ASSERT_THAT(standing, IsOk());
  EXPECT_EQ(standing->reasons.size(), 2u);
  EXPECT_EQ(standing->before.size, 47u);
}

TEST_F(StoreStandingTest, AnAdmittedStoreIsComparedWithItsOwnLog) {
  Checkpoint lost = Now();
  Append(lost, "behind");
  lost.size += 4;
  Append(lost);
  ASSERT_NO_FATAL_FAILURE(Admit({1, lost.size, lost.root}));
  // Nothing of the new log stands outside yet; a file that was behind stays behind.
  EXPECT_THAT(Reasons({"a", "behind"}), IsEmpty());
  CommitSome(10);
  EXPECT_THAT(Reasons(), IsEmpty());
  EXPECT_EQ(Judge()->log(), 2u);
  EXPECT_EQ(Judge()->admission->restored_size, 40u);
  Append(Now(2));
  CommitSome(1);
  EXPECT_THAT(Reasons(), IsEmpty());
  Checkpoint cut = Now(2);
  cut.size += 1;
  Append(cut);
  EXPECT_THAT(Reasons(), ElementsAre(Kind::kEntriesMissing));
}

// The directory that was copied is still in use: both would pay.
TEST_F(StoreStandingTest, ALogBeforeThatWentOnIsSeen) {
  const Checkpoint last = Now();
  Append(last);
  ASSERT_NO_FATAL_FAILURE(Admit({1, last.size, last.root}));
  CommitSome(10);
  Checkpoint went_on = Now(1);
  went_on.root[3] ^= 1;
  Append(went_on);
  EXPECT_THAT(Reasons(), ElementsAre(Kind::kOtherHistory));
}

// A directory of before an admission.
TEST_F(StoreStandingTest, ALogAfterThisOneIsSeen) {
  Append(Now(2));
  EXPECT_THAT(Reasons(), ElementsAre(Kind::kOtherHistory));
  EXPECT_EQ(Judge()->before.log, 2u);
}

// Whoever can edit the row alone cannot choose what the store is compared with.
TEST_F(StoreStandingTest, AnAdmissionThatTheLogDoesNotTellOfIsDataLoss) {
  Admission admission;
  admission.log = 2;
  admission.before.log = 1;
  admission.restored_size = 5;
  const WriteSet::Put put = AdmissionPut(admission);
  store_.Plant(put.table, put.key, put.value, 0);
  EXPECT_THAT(Judge(), StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
}

}  // namespace
}  // namespace cardvault
