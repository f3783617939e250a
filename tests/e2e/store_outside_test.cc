// Whoever writes the disk, or the files outside, does not get a store served that people did not
// admit. Promises 4 and 7, A3.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/restored_log.h"
#include "base/clock.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "keys/keyring_holder.h"
#include "tests/e2e/store_fixture_for_test.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"
#include "vault/admission/admission.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault::testing {
namespace {

using ::testing::HasSubstr;

// Whoever puts a directory back and goes on as if nothing had been is found by the verifiers.
TEST_F(StoreAdmissionTest, AStoreThatWentOnUndeclaredIsARollback) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  const std::string outside = ReadWholeFile(File("checkpoints"));
  // With a file of checkpoints that ends where the directory does: nothing tells the server.
  WriteWholeFile(File("seen"), outside);
  const auto entries = [&] { return StoreOf(vault()).audit_entry_count(); };
  std::string kept;
  for (size_t begin = 0; begin < outside.size();) {
    const size_t next = outside.find("\ncardvault/", begin);
    const size_t end = next == std::string::npos ? outside.size() : next + 1;
    const std::string note = outside.substr(begin, end - begin);
    const size_t size_at = note.find('\n') + 1;
    const auto rows = RowsOf(File("aside"));
    size_t log_size = 0;
    for (const auto& [key, value] : rows) {
      log_size += key.first == static_cast<int>(Table::kAuditLeaves) ? 1 : 0;
    }
    if (std::stoul(note.substr(size_at)) <= log_size) absl::StrAppend(&kept, note);
    begin = end;
  }
  WriteWholeFile(File("checkpoints"), kept);
  ASSERT_NO_FATAL_FAILURE(Start());
  ASSERT_EQ(ServingState(vault()), "serving");
  for (int i = 0; i < 60; ++i) entries();
  ASSERT_EQ(Cardvault({"audit", "export", "--out", File("log-1b.jsonl")}).exit_code, 0);
  ASSERT_EQ(vault().Stop(), 0);
  Verify({File("log-1b.jsonl"), "--checkpoint", File("seen")}, log_1_keys_, 1,
         "rolled back or forked");
}

// Whoever writes the disk and has no key says that people admitted what he put back.
TEST_F(StoreAdmissionTest, AnAdmissionThatNobodyMadeOpensNothing) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  {
    const auto engine = OpenStore(vault().data_directory());
    const KeyringHolder no_key;
    CommitPipeline::Options options;
    options.is_closed = true;
    const auto pipeline = CommitPipeline::Start(*engine, no_key, SystemClock(), options);
    ASSERT_TRUE(pipeline.ok());
    Admission forged;
    forged.log = 8;
    forged.restored_size = (*pipeline)->audit_entry_count();
    forged.before = {7, uint64_t{1} << 60, {}};
    WriteSet set;
    AuditLeaf leaf{AuditAction::kLogRestored};
    leaf.object = FormatRestoredLog(forged.before);
    set.leaves.push_back(std::move(leaf));
    set.puts.push_back(AdmissionPut(forged));
    ASSERT_TRUE((*pipeline)->SubmitAndWait(std::move(set)).committed());
  }
  EXPECT_FALSE(vault().Start());
  EXPECT_THAT(vault().output(), HasSubstr("does not say of its last admission"));
  CopyDirectory(File("aside"), vault().data_directory());
  Start();
}

// Notes are appended to a file by whoever may; what was once outside stays so.
TEST_F(StoreAdmissionTest, WhatOthersAppendOutsideHidesNothing) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  const std::string outside = ReadWholeFile(File("checkpoints"));
  const std::string first = outside.substr(0, outside.find("\ncardvault/") + 1);
  WriteWholeFile(File("checkpoints"), absl::StrCat(outside, first));
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(ReasonsOf(StoreOf(vault())), std::set<std::string>{"ENTRIES_MISSING"});
  EXPECT_EQ(StoreOf(vault()).declared().signature(), "VERIFIED");
  const admin::v1::AdmitStoreRequest seen = AdmissionOf(vault());

  // One that claims more than there ever was, in the name of the vault's key.
  const std::string last = outside.substr(outside.rfind("\ncardvault/") + 1);
  const size_t size_at = last.find('\n') + 1;
  const std::string forged = absl::StrCat(last.substr(0, size_at), uint64_t{1} << 60,
                                          last.substr(last.find('\n', size_at)));
  WriteWholeFile(File("checkpoints"), absl::StrCat(outside, forged));
  std::string reason;
  EXPECT_FALSE(Admit(vault(), &reason, seen).ok());
  EXPECT_EQ(reason, "REVISION");
  EXPECT_EQ(StoreOf(vault()).declared().signature(), "WRONG");
  EXPECT_FALSE(Admit(vault(), &reason).ok());
  EXPECT_EQ(reason, "UNVERIFIED");

  // What is no checkpoint at all, and a file that was mended.
  WriteWholeFile(File("checkpoints"), std::string(200'000, 'x'));
  EXPECT_EQ(ReasonsOf(StoreOf(vault())), std::set<std::string>{"CHECKPOINTS_GONE"});
  WriteWholeFile(File("checkpoints"), outside);
  EXPECT_TRUE(Admit(vault(), &reason, seen).ok()) << reason;
}

// Of a place that the server cannot read, as a syslog's.
TEST_F(StoreAdmissionTest, ACheckpointFromElsewhereIsDeclared) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  const std::string outside = ReadWholeFile(File("checkpoints"));
  const std::string first = outside.substr(0, outside.find("\ncardvault/") + 1);
  const std::string last = outside.substr(outside.rfind("\ncardvault/") + 1);
  WriteWholeFile(File("checkpoints"), first);
  WriteWholeFile(File("machine-id"), "another\n");  // so that it is not admitted for that
  WriteWholeFile(File("note"), last.substr(0, last.size() - 1));
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(StoreOf(vault()).declared().signature(), "OWN");
  admin::v1::AdmitStoreRequest wrong = AdmissionOf(vault());
  wrong.set_checkpoint(
      absl::StrReplaceAll(ReadWholeFile(File("note")), {{"/log/1\n", "/log/9\n"}}));
  std::string reason;
  EXPECT_FALSE(Admit(vault(), &reason, wrong).ok());
  EXPECT_EQ(reason, "FIELD_INVALID");
  const Finished admitted =
      Cardvault({"store", "admit", "--deletions-unknown", "--checkpoint", File("note")});
  EXPECT_EQ(admitted.exit_code, 0) << admitted.output;
  ASSERT_EQ(Cardvault({"audit", "export", "--out", File("log-2.jsonl")}).exit_code, 0);
  Words keys = VerifierKeys();
  keys.insert(keys.end(), log_1_keys_.begin(), log_1_keys_.end());
  ASSERT_EQ(vault().Stop(), 0);
  Verify({File("log-1.jsonl"), File("log-2.jsonl"), "--no-anchor"}, keys, 0,
         "declared restore of log 1 at size ");
}

}  // namespace
}  // namespace cardvault::testing
