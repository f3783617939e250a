#include "vault/checkpoint/store_check.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/checkpoint.h"
#include "audit/compact_range.h"
#include "audit/note_key.h"
#include "audit/restored_log.h"
#include "audit/retired_log.h"
#include "audit/testing/test_note_signer.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "audit/verifier/verdict.h"
#include "base/length_prefix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/audit_tail.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/log_cut.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;

constexpr char kOrigin[] = "cardvault/vault-test/log/1";
constexpr char kNextOrigin[] = "cardvault/vault-test/log/2";

// Not a multiple of 16: some entries are under no stored node.
constexpr int kEntries = 150;

class StoreCheckTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    Start();
    CommitSome(kEntries);
    Keep();
    AddOutside();
  }

  void CommitSome(int count) {
    for (int i = 0; i < count; ++i) Commit(PutSet(Table::kRecords, absl::StrCat("row-", i), "x"));
  }

  Checkpoint Now(const std::string& origin = kOrigin) {
    const CompactRange tree = pipeline_->audit_tree();
    return {origin, tree.size(), tree.Root()};
  }

  std::string NoteOf(const Checkpoint& checkpoint) {
    const NoteSigner* const signer = checkpoint.origin == kOrigin ? &signer_ : &next_signer_;
    return *SignCheckpoint(checkpoint, {&signer, 1});
  }

  void Keep(const std::string& origin = kOrigin) {
    KeepNote(Now(origin).size, NoteOf(Now(origin)));
  }
  void KeepNote(uint64_t size, const std::string& note) {
    store_.Plant(Table::kAuditCheckpoints, CheckpointKey(size), note, size);
  }
  void AddOutside(const std::string& origin = kOrigin) {
    absl::StrAppend(&outside_, NoteOf(Now(origin)), "\n");
  }

  Verdict Check(bool with_outside = true) {
    StoreRequest request = {"the store", {signer_.key(), next_signer_.key()}, "", {}};
    if (with_outside) {
      request.notes_path = directory_.File("outside");
      testing::WriteWholeFile(request.notes_path, outside_);
    }
    return CheckStoredLog(**store_.TakeSnapshot(), request);
  }

  void ExpectWrong(VerdictWord word, std::optional<uint64_t> sequence = std::nullopt) {
    const Verdict verdict = Check();
    EXPECT_EQ(VerdictText(verdict.word), VerdictText(word)) << ReportOf(verdict);
    EXPECT_EQ(verdict.place.sequence, sequence) << ReportOf(verdict);
  }

  // Puts another entry in the place of one, in its right form.
  void Replace(uint64_t sequence) {
    AuditEntry entry = Log()[sequence];
    entry.leaf.object = "another";
    store_.Plant(Table::kAuditLeaves, BigEndian64(sequence), EncodeEntry(entry), sequence);
  }

  // Makes every node and the kept checkpoint what the entries as they stand make: what somebody
  // does who has the store and the key.
  void MakeNodesAnew() {
    CompactRange tree;
    for (const AuditEntry& entry : Log()) {
      tree.Append(LeafHash(EncodeEntry(entry)), [&](const NodeId& id, const TreeHash& hash) {
        if (id.level < kLowestStoredLevel) return;
        store_.Plant(Table::kAuditNodes, AuditNodeKey(id), AuditNodeValue(hash), entry.sequence);
      });
    }
    KeepNote(tree.size(), NoteOf({kOrigin, tree.size(), tree.Root()}));
  }

  const TempDir directory_;
  const TestNoteSigner signer_{kOrigin, std::string(64, '1')};
  const TestNoteSigner next_signer_{kNextOrigin, std::string(64, '2')};
  std::string outside_;
};

TEST_F(StoreCheckTest, AWholeLogIsIntactAndWithoutTheOutsideItsEndIsNot) {
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.word, VerdictWord::kIntact) << ReportOf(verdict);
  EXPECT_THAT(verdict.text, HasSubstr("entries 0..149 and 16 nodes intact in the store as of "));
  EXPECT_THAT(verdict.text, HasSubstr("; confirmed by the outside checkpoint at size 150"));
  const Verdict alone = Check(/*with_outside=*/false);
  EXPECT_EQ(alone.word, VerdictWord::kIntactUnanchored) << ReportOf(alone);
  EXPECT_THAT(alone.text, HasSubstr("later entries not excluded"));
}

TEST_F(StoreCheckTest, GoesOnBehindItsCheckpointsOfAnySize) {
  AddOutside();  // offered twice
  for (int i = 0; i < 20; ++i) {
    CommitSome(7);
    AddOutside();
  }
  CommitSome(5);
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.word, VerdictWord::kIntact) << ReportOf(verdict);
  EXPECT_THAT(verdict.text, HasSubstr("checkpoint at size 290"));
}

TEST_F(StoreCheckTest, NamesTheEntriesThatWereChanged) {
  Replace(37);
  ExpectWrong(VerdictWord::kWrongNode, 32);
  MakeNodesAnew();
  EXPECT_TRUE(Check(/*with_outside=*/false).good()) << "whoever has the key can forge the inside";
  ExpectWrong(VerdictWord::kForked);
}

TEST_F(StoreCheckTest, AnEntryUnderNoNodeIsUnderTheCheckpoints) {
  Replace(kEntries - 1);
  ExpectWrong(VerdictWord::kForked);
}

TEST_F(StoreCheckTest, NamesWhatIsMissing) {
  for (uint64_t sequence = 20; sequence < 23; ++sequence) {
    store_.Remove(Table::kAuditLeaves, BigEndian64(sequence));
  }
  ExpectWrong(VerdictWord::kMissing, 20);
  EXPECT_THAT(Check().text, HasSubstr("the entries 20 to 22 are missing"));
  store_.Remove(Table::kAuditLeaves, BigEndian64(0));
  ExpectWrong(VerdictWord::kMissing, 0);
}

TEST_F(StoreCheckTest, ATailThatWasCutIsSeenFromOutsideAndByTheCheckpointInside) {
  for (uint64_t left = kEntries; left > 128; --left) {
    store_.Remove(Table::kAuditLeaves, BigEndian64(left - 1));
  }
  EXPECT_EQ(Check().word, VerdictWord::kWrongNode) << "the node over them is still there";
  store_.Remove(Table::kAuditNodes, AuditNodeKey({4, 8}));
  ExpectWrong(VerdictWord::kCutTail);
  const Verdict inside = Check(/*with_outside=*/false);
  EXPECT_EQ(inside.word, VerdictWord::kCutTail) << ReportOf(inside);
  store_.Remove(Table::kAuditCheckpoints, CheckpointKey(kEntries));
  EXPECT_TRUE(Check(/*with_outside=*/false).good());
  ExpectWrong(VerdictWord::kCutTail);
}

TEST_F(StoreCheckTest, WhatIsNoEntryOrStandsElsewhereIsFound) {
  const std::string entry = Get(Table::kAuditLeaves, BigEndian64(5))->value;
  store_.Plant(Table::kAuditLeaves, BigEndian64(6), entry, 6);
  ExpectWrong(VerdictWord::kOutOfOrder, 6);
  store_.Plant(Table::kAuditLeaves, BigEndian64(6), "no entry", 6);
  ExpectWrong(VerdictWord::kEdited, 6);
  store_.Plant(Table::kAuditLeaves, BigEndian64(5), entry, 7);
  ExpectWrong(VerdictWord::kEdited, 5);
  store_.Plant(Table::kAuditLeaves, "abc", entry, 7);
  store_.Plant(Table::kAuditLeaves, std::string("\0", 1), entry, 0);
  ExpectWrong(VerdictWord::kOutOfOrder, 0);
}

TEST_F(StoreCheckTest, EveryNodeMustBeWhatItsEntriesMake) {
  const std::string key = AuditNodeKey({6, 1});
  const Row node = *Get(Table::kAuditNodes, key);
  store_.Plant(Table::kAuditNodes, key, std::string(32, 'n'), node.revision);
  ExpectWrong(VerdictWord::kWrongNode, 64);
  store_.Plant(Table::kAuditNodes, key, node.value, node.revision + 1);
  ExpectWrong(VerdictWord::kWrongNode, 64);
  store_.Remove(Table::kAuditNodes, key);
  ExpectWrong(VerdictWord::kWrongNode, 64);
  store_.Plant(Table::kAuditNodes, key, node.value, node.revision);
  EXPECT_TRUE(Check().good());
  // One too many, wherever.
  for (const std::string& more :
       {AuditNodeKey({3, 0}), AuditNodeKey({4, 9}), AuditNodeKey({9, 0}), std::string("\x04"),
        AuditNodeKey({4, 200}), AuditNodeKey({64, 0}), std::string("\xff")}) {
    store_.Plant(Table::kAuditNodes, more, node.value, 1);
    EXPECT_EQ(Check().word, VerdictWord::kWrongNode);
    store_.Remove(Table::kAuditNodes, more);
  }
  EXPECT_TRUE(Check().good());
}

TEST_F(StoreCheckTest, EveryCheckpointInTheStoreMustBeTheLogs) {
  const std::string note = Get(Table::kAuditCheckpoints, CheckpointKey(kEntries))->value;
  const TestNoteSigner stranger(kOrigin, std::string(64, '3'));
  const NoteSigner* const foreign = &stranger;
  KeepNote(kEntries, *SignCheckpoint(Now(), {&foreign, 1}));
  ExpectWrong(VerdictWord::kUnknownKey);
  KeepNote(kEntries, NoteOf(Now(kNextOrigin)));
  ExpectWrong(VerdictWord::kForeignLog);
  KeepNote(kEntries, NoteOf({kOrigin, kEntries, LeafHash("another")}));
  ExpectWrong(VerdictWord::kForked);
  KeepNote(kEntries, "no note");
  ExpectWrong(VerdictWord::kBadCheckpoint);
  KeepNote(kEntries, note);
  for (const uint64_t size : {uint64_t{3}, uint64_t{kEntries + 3}}) {
    KeepNote(size, note);
    ExpectWrong(VerdictWord::kBadCheckpoint);
    store_.Remove(Table::kAuditCheckpoints, CheckpointKey(size));
  }
  EXPECT_TRUE(Check().good());
}

TEST_F(StoreCheckTest, EveryCheckpointOutsideIsOpened) {
  CommitSome(10);
  AddOutside();
  const std::string good = outside_;
  // Of the first one, which the last one would do without.
  outside_[good.find("\n\n") + 60] ^= 1;
  EXPECT_FALSE(Check().good());
  outside_ = NoteOf({kOrigin, 7, LeafHash("another")}) + "\n" + good;
  ExpectWrong(VerdictWord::kForked);
  outside_ = "";
  ExpectWrong(VerdictWord::kBadCheckpoint);
  outside_ = good;
  EXPECT_TRUE(Check().anchored());
}

TEST_F(StoreCheckTest, AnotherVaultsStoreIsForeign) {
  WriteSet made = PutSet(Table::kRecords, "row", "x");
  made.leaves = {Leaf("vault-other", AuditAction::kVaultCreated)};
  Commit(std::move(made));
  ExpectWrong(VerdictWord::kForeignLog, kEntries);
}

TEST_F(StoreCheckTest, ALogBehindARestoreSaysWhatWasLost) {
  const Checkpoint before = {kOrigin, kEntries + 10, LeafHash("a root that is lost")};
  absl::StrAppend(&outside_, NoteOf(before), "\n");
  EXPECT_EQ(Check().word, VerdictWord::kCutTail);
  WriteSet restored = PutSet(Table::kRecords, "row", "x");
  restored.leaves = {
      Leaf(FormatRestoredLog({1, before.size, before.root}), AuditAction::kLogRestored)};
  pipeline_.reset();
  Start({.is_closed = true});
  ASSERT_TRUE(Commit(std::move(restored)).committed());
  EXPECT_EQ(Check().word, VerdictWord::kIntactUnanchored) << ReportOf(Check());
  CommitSome(5);
  Keep(kNextOrigin);
  AddOutside(kNextOrigin);
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.word, VerdictWord::kIntact) << ReportOf(verdict);
  EXPECT_THAT(verdict.text, HasSubstr(" in log 2; confirmed by "));
  outside_ = NoteOf({kOrigin, before.size + 1, before.root}) + "\n";
  ExpectWrong(VerdictWord::kUndeclaredLoss);
}

// A log whose first segment was retired, behind notes of before, of the cut and of now.
class CutStoreTest : public StoreCheckTest {
 protected:
  void SetUp() override {
    StoreCheckTest::SetUp();
    Append(kRetiredSegment - kEntries);
    AddOutside();
    Append(kRehashedEntries);
    pipeline_->KeepCheckpoint({Now().size, NoteOf(Now())});  // nothing is retired without one
    AddOutside();
    CommitSome(1);
    Retire(FormatRetiredLog({0, kRetiredSegment, RootAtCut()}));
    CommitSome(20);
    Keep();
    AddOutside();
  }

  void Append(uint64_t count) {
    WriteSet set;
    for (uint64_t i = 0; i < count; ++i) set.leaves.push_back(Leaf("x"));
    ASSERT_TRUE(Commit(std::move(set)).committed());
  }

  TreeHash RootAtCut() {
    StoredNodes nodes(store_);
    return *RootOf(nodes, kRetiredSegment);
  }

  void Retire(const std::string& object) {
    WriteSet set;
    set.leaves.push_back(Leaf(object, AuditAction::kLogRetired));
    set.retired_segment = 0;
    set.preconditions.push_back(CutIs({}));
    ASSERT_TRUE(Commit(std::move(set)).committed());
  }

  uint64_t DeclaredAt() { return ReadLogCut(store_)->revision; }
};

TEST_F(CutStoreTest, WhatIsLeftIsIntactAndSaysWhatWasRetired) {
  const Verdict verdict = Check();
  EXPECT_EQ(verdict.word, VerdictWord::kIntact) << ReportOf(verdict);
  EXPECT_THAT(verdict.text, HasSubstr(absl::StrCat("entries ", kRetiredSegment, "..")));
  EXPECT_THAT(verdict.text, HasSubstr("; entries 0..65535 retired at "));
}

TEST_F(CutStoreTest, ACutThatNoEntryDeclaresIsMissingEntries) {
  store_.Plant(Table::kMeta, "log_cut", BigEndian64(kRetiredSegment), DeclaredAt() + 1);
  ExpectWrong(VerdictWord::kMissing, 0);
}

TEST_F(CutStoreTest, ANodeOverTheRetiredIsCheckedLikeAnEntry) {
  TreeHash other = {};
  store_.Plant(Table::kAuditNodes, AuditNodeKey({16, 0}), AuditNodeValue(other),
               kRetiredSegment - 1);
  ExpectWrong(VerdictWord::kForked);
  store_.Remove(Table::kAuditNodes, AuditNodeKey({16, 0}));
  ExpectWrong(VerdictWord::kWrongNode, 0);
}

TEST_F(CutStoreTest, WithoutItsRowTheBeginningIsMissing) {
  store_.Remove(Table::kMeta, "log_cut");
  ExpectWrong(VerdictWord::kMissing, 0);
}

TEST_F(CutStoreTest, ARetiredEntryThatIsThereAgainIsNoEntry) {
  store_.Plant(Table::kAuditLeaves, BigEndian64(7), "anything", 7);
  ExpectWrong(VerdictWord::kOutOfOrder, kRetiredSegment);
}

}  // namespace
}  // namespace cardvault
