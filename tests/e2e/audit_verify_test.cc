// `cardvault audit verify` and the auditor's own verifier as they are run: options, exit codes,
// what is printed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/retired_log.h"
#include "audit/testing/memory_log.h"
#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {
namespace {

using ::testing::AllOf;
using testing::Finished;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RunToEnd;
using ::testing::StartsWith;
using testing::WriteWholeFile;

using Words = std::vector<std::string>;

class AuditVerifyTest : public ::testing::TestWithParam<Words> {
 protected:
  AuditVerifyTest() {
    log_.AddSome(12);
    WriteWholeFile(export_, log_.ExportRange(0, 12, 12));
    WriteWholeFile(note_, log_.Checkpoint(12));
    WriteWholeFile(later_, [this] {
      log_.AddSome(3);
      return log_.Checkpoint(15);
    }());
  }

  Finished Run(const Words& arguments) {
    Words words = GetParam();
    words.insert(words.end(), arguments.begin(), arguments.end());
    return RunToEnd(words, directory_.File("output"));
  }

  const TempDir directory_;
  const std::string export_ = directory_.File("export.jsonl");
  const std::string note_ = directory_.File("note");
  const std::string later_ = directory_.File("later");
  MemoryLog log_;
};

TEST_P(AuditVerifyTest, ExitsWithZeroOnlyWhenAnOutsideCheckpointConfirms) {
  const Finished confirmed = Run({export_, "--key", log_.Key(), "--checkpoint", note_});
  EXPECT_EQ(confirmed.exit_code, 0);
  EXPECT_EQ(confirmed.output,
            "entries 0..11 intact as of 2026-11-22T03:14:17.123456Z; confirmed by the outside "
            "checkpoint at size 12\n");
  const Finished alone = Run({export_, "--key", log_.Key()});
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_THAT(alone.output, HasSubstr("later entries not excluded"));
  EXPECT_EQ(Run({export_, "--no-anchor", "--key", log_.Key()}).exit_code, 0);
}

TEST_P(AuditVerifyTest, SaysWhatIsWrongAndWhere) {
  const Finished cut = Run({export_, "--key", log_.Key(), "--checkpoint", later_, "--no-anchor"});
  EXPECT_EQ(cut.exit_code, 1);
  EXPECT_THAT(cut.output, AllOf(StartsWith(absl::StrCat("cut-tail: ", later_, ":1: ")),
                                HasSubstr("the last 3 are missing")));
  std::string content = testing::ReadWholeFile(export_);
  content.replace(content.find("tok_test_5"), 10, "tok_test_4");
  WriteWholeFile(export_, content);
  EXPECT_THAT(Run({export_, "--key", log_.Key()}).output,
              StartsWith(absl::StrCat("edited: ", export_, ":7: entry 5: ")));
  EXPECT_THAT(Run({export_, "--key", log_.Key(), "--json"}).output,
              AllOf(HasSubstr("edited"), HasSubstr("false"), HasSubstr("sequence")));
}

TEST_P(AuditVerifyTest, TakesSeveralFilesAndKeys) {
  const MemoryLog other("vault-test", 1, std::string(64, '7'));
  const std::string first = directory_.File("first");
  const std::string second = directory_.File("second");
  WriteWholeFile(first, log_.ExportRange(0, 4, 12));
  WriteWholeFile(second, log_.ExportRange(4, 12, 12));
  EXPECT_EQ(Run({second, first, "--key", other.Key(), "--key", log_.Key(), "--checkpoint", note_})
                .exit_code,
            0);
}

// What is left of a log whose oldest entries were dropped, and the entry that says so.
TEST_P(AuditVerifyTest, SaysWhatWasRetired) {
  AuditLeaf retired{AuditAction::kLogRetired};
  retired.object = FormatRetiredLog({0, 8, log_.RootAt(8)});
  log_.Add(retired);
  const std::string rest = directory_.File("rest");
  WriteWholeFile(rest, log_.ExportRange(8, log_.size(), log_.size(), 12));
  const Finished good = Run({rest, "--key", log_.Key(), "--checkpoint", note_});
  EXPECT_EQ(good.exit_code, 0) << good.output;
  EXPECT_EQ(good.output,
            "entries 8..15 intact as of 2026-11-22T03:14:21.123456Z; entries 0..7 retired at "
            "2026-11-22T03:14:21.123456Z by policy; confirmed by the outside checkpoint at size "
            "12\n");
  // Of another prefix it says nothing, and of this one it must not say another root.
  WriteWholeFile(rest, log_.ExportRange(9, log_.size(), log_.size()));
  EXPECT_THAT(Run({rest, "--key", log_.Key(), "--no-anchor"}).output, Not(HasSubstr("retired")));
  retired.object = FormatRetiredLog({0, 8, log_.RootAt(7)});
  log_.Replace(log_.size() - 1, retired);
  WriteWholeFile(rest, log_.ExportRange(8, log_.size(), log_.size()));
  EXPECT_THAT(Run({rest, "--key", log_.Key(), "--no-anchor"}).output,
              StartsWith(absl::StrCat("forked: ", rest, ":1: ")));
}

TEST_P(AuditVerifyTest, WrongUsageIsTwoAndNothingGivenIsRepeated) {
  EXPECT_EQ(Run({"--key", log_.Key()}).exit_code, 2);
  EXPECT_EQ(Run({export_}).exit_code, 2);
  const Finished bad_key = Run({export_, "--key", "something+typed+here"});
  EXPECT_EQ(bad_key.exit_code, 2);
  EXPECT_THAT(bad_key.output, Not(HasSubstr("something")));
  EXPECT_EQ(Run({directory_.File("none"), "--key", log_.Key()}).exit_code, 1);
}

INSTANTIATE_TEST_SUITE_P(Cardvault, AuditVerifyTest,
                         ::testing::Values(Words{"cli/cardvault", "audit", "verify"},
                                           Words{"/usr/bin/python3",
                                                 "docs/verify/verify_audit_export.py"}),
                         [](const ::testing::TestParamInfo<Words>& info) {
                           return info.index == 0 ? "Ours" : "Auditors";
                         });

}  // namespace
}  // namespace cardvault
