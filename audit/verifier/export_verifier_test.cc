#include "audit/verifier/export_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "audit/export/export_entry.h"
#include "audit/restored_log.h"
#include "audit/testing/memory_log.h"
#include "audit/tree_proof.h"
#include "audit/verifier/testing/two_verifiers.h"
#include "audit/verifier/verdict.h"
#include "base/error_reason.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;

using Lines = std::vector<std::string>;

const std::string kOtherSeed = std::string(64, '2');

class ExportVerifierTest : public ::testing::Test {
 protected:
  ExportVerifierTest() { log_.AddSome(20); }

  Verdict Verify(const Lines& exports, const std::string& notes = "") {
    return verifiers_.Verify({exports, {log_.Key()}, notes});
  }
  VerdictWord WordOf(const Lines& exports, const std::string& notes = "") {
    return Verify(exports, notes).word;
  }

  static Lines LinesOf(const std::string& content) {
    return absl::StrSplit(content, '\n', absl::SkipEmpty());
  }
  static std::string ContentOf(const Lines& lines) {
    return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
  }

  static Lines Erase(Lines lines, size_t index) {
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(index));
    return lines;
  }

  static void ExpectPlace(const Verdict& verdict, uint64_t line, uint64_t sequence) {
    EXPECT_EQ(verdict.place.line, line);
    EXPECT_EQ(verdict.place.sequence, sequence);
    EXPECT_FALSE(verdict.place.file.empty());
  }

  MemoryLog log_;
  TwoVerifiers verifiers_;
};

TEST_F(ExportVerifierTest, WithoutAnOutsideCheckpointLaterEntriesAreNotExcluded) {
  const Verdict verdict = Verify({log_.ExportRange(0, 20, 20)});
  EXPECT_EQ(verdict.word, VerdictWord::kIntactUnanchored);
  EXPECT_EQ(verdict.text,
            "entries 0..19 intact as of 2026-11-22T03:14:25.123456Z; later entries not excluded");
}

TEST_F(ExportVerifierTest, AnOutsideCheckpointConfirmsARangeThatItLiesIn) {
  for (const uint64_t at : {7, 10, 20}) {
    const Verdict verdict = Verify({log_.ExportRange(7, 20, 20)}, log_.Checkpoint(at));
    EXPECT_EQ(verdict.word, VerdictWord::kIntact) << at;
    EXPECT_THAT(verdict.text,
                HasSubstr(absl::StrCat("confirmed by the outside checkpoint at size ", at)));
  }
  // Of the export's own size, beyond its entries.
  EXPECT_EQ(WordOf({log_.ExportRange(7, 9, 20)}, log_.Checkpoint(20)), VerdictWord::kIntact);
}

TEST_F(ExportVerifierTest, AnOutsideCheckpointElsewhereNeedsTheProofFromIt) {
  EXPECT_EQ(WordOf({log_.ExportRange(7, 9, 20)}, log_.Checkpoint(5)),
            VerdictWord::kIntactUnanchored);
  EXPECT_EQ(WordOf({log_.ExportRange(7, 9, 20)}, log_.Checkpoint(15)),
            VerdictWord::kIntactUnanchored);
  EXPECT_EQ(WordOf({log_.ExportRange(7, 9, 20, 5)}, log_.Checkpoint(5)), VerdictWord::kIntact);
  EXPECT_EQ(WordOf({log_.ExportRange(7, 9, 20, 15)}, log_.Checkpoint(15)), VerdictWord::kIntact);
  MemoryLog fork = log_;
  fork.Replace(2, {.action = AuditAction::kLogStopped});
  EXPECT_EQ(WordOf({log_.ExportRange(7, 9, 20, 5)}, fork.Checkpoint(5)),
            VerdictWord::kInconsistent);
}

TEST_F(ExportVerifierTest, OfAWholeSinkEveryCheckpointIsComparedAndTheNewestDecides) {
  std::string sink;
  for (uint64_t size = 1; size <= 20; size += 3)
    absl::StrAppend(&sink, log_.Checkpoint(size), "\n");
  EXPECT_EQ(WordOf({log_.ExportRange(0, 20, 20)}, sink), VerdictWord::kIntact);
  EXPECT_EQ(WordOf({log_.ExportRange(0, 18, 18)}, sink), VerdictWord::kCutTail);
  MemoryLog fork = log_;
  fork.Replace(8, {.action = AuditAction::kLogStopped});
  const Verdict forked = Verify({fork.ExportRange(0, 20, 20)}, sink);
  EXPECT_EQ(forked.word, VerdictWord::kForked);
  EXPECT_EQ(forked.place.line, 19);  // the checkpoint of 10 entries: six lines each
  EXPECT_EQ(WordOf({log_.ExportRange(0, 20, 20)},
                   absl::StrCat(log_.Checkpoint(9), "\n", log_.Checkpoint(8))),
            VerdictWord::kNotesBackwards);
}

TEST_F(ExportVerifierTest, ACutTailIsToldWithTheNumberOfItsEntries) {
  const Verdict verdict = Verify({log_.ExportRange(0, 17, 17)}, log_.Checkpoint(20));
  EXPECT_EQ(verdict.word, VerdictWord::kCutTail);
  EXPECT_THAT(verdict.text, HasSubstr("the last 3 are missing"));
}

TEST_F(ExportVerifierTest, AnEditedFieldNamesItsEntry) {
  Lines lines = LinesOf(log_.ExportRange(0, 20, 20));
  lines[6] = absl::StrReplaceAll(lines[6], {{"tok_test_5", "tok_test_6"}});
  const Verdict verdict = Verify({ContentOf(lines)}, log_.Checkpoint(20));
  EXPECT_EQ(verdict.word, VerdictWord::kEdited);
  ExpectPlace(verdict, 7, 5);
}

TEST_F(ExportVerifierTest, AnEntryEditedWithItsHashNamesItsSegment) {
  Lines lines = LinesOf(log_.ExportRange(0, 20, 20));  // segments of 16 and 4
  AuditEntry entry = log_.entry(17);
  entry.leaf.count = 9;
  lines[19] = FormatEntryLine(entry, HashOf(entry), nullptr);
  const Verdict verdict = Verify({ContentOf(lines)}, log_.Checkpoint(20));
  EXPECT_EQ(verdict.word, VerdictWord::kUnproved);
  ExpectPlace(verdict, 23, 16);
  EXPECT_THAT(verdict.text, HasSubstr("to 19"));
}

TEST_F(ExportVerifierTest, MissingRepeatedAndMovedEntriesAreNamed) {
  const Lines lines = LinesOf(log_.ExportRange(0, 20, 20));
  const Verdict missing = Verify({ContentOf(Erase(lines, 4))});
  EXPECT_EQ(missing.word, VerdictWord::kMissing);
  ExpectPlace(missing, 5, 3);
  Lines repeated = lines;
  repeated.insert(repeated.begin() + 4, lines[3]);
  const Verdict twice = Verify({ContentOf(repeated)});
  EXPECT_EQ(twice.word, VerdictWord::kOutOfOrder);
  ExpectPlace(twice, 5, 2);
  Lines moved = lines;
  std::swap(moved[4], moved[5]);
  const Verdict swapped = Verify({ContentOf(moved)});
  EXPECT_EQ(swapped.word, VerdictWord::kMissing);
  ExpectPlace(swapped, 5, 3);
  // The last of a segment.
  const Verdict last = Verify({ContentOf(Erase(lines, 16))});
  EXPECT_EQ(last.word, VerdictWord::kMissing);
  ExpectPlace(last, 17, 15);
}

TEST_F(ExportVerifierTest, WithoutItsProofsNothingIsGood) {
  const Lines lines = LinesOf(log_.ExportRange(0, 20, 20));
  EXPECT_EQ(WordOf({ContentOf(Erase(lines, 17))}), VerdictWord::kUnproved);
  EXPECT_EQ(WordOf({ContentOf(Erase(lines, 22))}), VerdictWord::kMissing);
  Lines moved = lines;
  std::swap(moved[17], moved[22]);
  EXPECT_EQ(WordOf({ContentOf(moved)}), VerdictWord::kUnproved);
}

TEST_F(ExportVerifierTest, FilesThatAreCutOrGoOnAreNoExports) {
  const std::string whole = log_.ExportRange(0, 20, 20);
  const Lines lines = LinesOf(whole);
  EXPECT_EQ(WordOf({""}), VerdictWord::kCutFile);
  EXPECT_EQ(WordOf({whole.substr(0, whole.size() - 1)}), VerdictWord::kCutFile);
  EXPECT_EQ(WordOf({ContentOf(Erase(lines, 23))}), VerdictWord::kCutFile);
  EXPECT_EQ(WordOf({whole + "\n"}), VerdictWord::kMalformed);
  EXPECT_EQ(WordOf({whole + "x"}), VerdictWord::kMalformed);
  EXPECT_EQ(WordOf({absl::StrReplaceAll(whole, {{"\"entries\":20", "\"entries\":21"}})}),
            VerdictWord::kWrongCount);
  EXPECT_EQ(WordOf({absl::StrReplaceAll(whole, {{"\"version\":1", "\"version\":2"}})}),
            VerdictWord::kVersion);
}

TEST_F(ExportVerifierTest, OnlyTheAuditorsKeysAreBelieved) {
  const std::string exported = log_.ExportRange(0, 20, 20);
  const MemoryLog other_key("vault-test", 1, kOtherSeed);
  const MemoryLog other_vault("vault-other", 1);
  EXPECT_EQ(verifiers_.Verify({{exported}, {other_key.Key()}, ""}).word, VerdictWord::kUnknownKey);
  EXPECT_EQ(verifiers_.Verify({{exported}, {other_vault.Key()}, ""}).word,
            VerdictWord::kForeignLog);
  EXPECT_EQ(verifiers_.Verify({{exported}, {other_key.Key(), log_.Key()}, ""}).word,
            VerdictWord::kIntactUnanchored);
  // A header that says more than its checkpoint.
  EXPECT_EQ(WordOf({absl::StrReplaceAll(exported, {{"\"size\":20", "\"size\":21"}})}),
            VerdictWord::kBadCheckpoint);
  EXPECT_EQ(WordOf({absl::StrReplaceAll(exported, {{"log/1\\n20\\n", "log/1\\n21\\n"}})}),
            VerdictWord::kBadSignature);
}

TEST_F(ExportVerifierTest, OutsideCheckpointsAreBelievedBySignatureAlone) {
  const std::string exported = log_.ExportRange(0, 20, 20);
  MemoryLog other_vault("vault-other", 1);
  other_vault.AddSome(20);
  EXPECT_EQ(WordOf({exported}, other_vault.Checkpoint(20)), VerdictWord::kForeignLog);
  MemoryLog other_key = log_.Continued(1, kOtherSeed);
  for (const uint64_t at : {10, 20}) {
    EXPECT_EQ(WordOf({exported}, other_key.Checkpoint(at)), VerdictWord::kUnknownKey);
  }
  log_.AddSome(5);
  other_key.AddSome(5);
  EXPECT_EQ(WordOf({exported}, other_key.Checkpoint(25)), VerdictWord::kUnknownKey);
  EXPECT_EQ(WordOf({exported}, absl::StrReplaceAll(log_.Checkpoint(10), {{"\n10\n", "\n11\n"}})),
            VerdictWord::kBadSignature);
  for (const char* const text : {"\n", "x\n", "cardvault/vault-test/log/1\n20\n"}) {
    EXPECT_EQ(WordOf({exported}, text), VerdictWord::kBadCheckpoint) << text;
  }
  EXPECT_EQ(WordOf({exported}, absl::StrCat(log_.Checkpoint(10), "\n\n", log_.Checkpoint(20))),
            VerdictWord::kBadCheckpoint);
}

TEST_F(ExportVerifierTest, ARolledBackLogIsFound) {
  MemoryLog rolled_back = log_;
  log_.AddSome(10);
  rolled_back.Add({.action = AuditAction::kLogStopped});
  rolled_back.AddSome(9);
  EXPECT_EQ(WordOf({rolled_back.ExportRange(0, 30, 30)}, log_.Checkpoint(30)),
            VerdictWord::kForked);
  EXPECT_EQ(WordOf({rolled_back.ExportRange(25, 30, 30)}, log_.Checkpoint(30)),
            VerdictWord::kForked);
  EXPECT_EQ(WordOf({rolled_back.ExportRange(0, 30, 30)}, log_.Checkpoint(25)),
            VerdictWord::kForked);
}

TEST_F(ExportVerifierTest, FilesInAnyOrderAreOneRange) {
  const Lines files = {log_.ExportRange(11, 20, 20), log_.ExportRange(0, 5, 10),
                       log_.ExportRange(5, 11, 15)};
  const Verdict verdict = Verify(files, log_.Checkpoint(8));
  EXPECT_EQ(verdict.word, VerdictWord::kIntact);
  EXPECT_THAT(verdict.text, HasSubstr("entries 0..19 intact"));
  EXPECT_EQ(WordOf({files[0], files[1]}), VerdictWord::kGap);
  EXPECT_EQ(WordOf({files[0], files[1], files[2], files[1]}), VerdictWord::kOverlap);
  MemoryLog other_vault("vault-other", 1);
  other_vault.AddSome(5);
  EXPECT_EQ(WordOf({files[0], other_vault.ExportRange(0, 5, 5)}), VerdictWord::kForeignLog);
}

TEST_F(ExportVerifierTest, FilesOfTwoHistoriesAreForked) {
  MemoryLog fork = log_;
  fork.Replace(3, {.action = AuditAction::kLogStopped});
  // The second file's past, the first file's checkpoint, the two checkpoints.
  EXPECT_EQ(WordOf({log_.ExportRange(0, 8, 8), fork.ExportRange(8, 20, 20)}), VerdictWord::kForked);
  fork = log_;
  fork.Replace(9, {.action = AuditAction::kLogStopped});
  EXPECT_EQ(WordOf({fork.ExportRange(0, 8, 12), log_.ExportRange(8, 20, 20)}),
            VerdictWord::kForked);
  fork = log_;
  fork.Replace(19, {.action = AuditAction::kLogStopped});
  EXPECT_EQ(WordOf({fork.ExportRange(0, 8, 20), log_.ExportRange(8, 12, 20)}),
            VerdictWord::kForked);
}

TEST_F(ExportVerifierTest, WhatTheHeaderSaysOfThePastIsProved) {
  MemoryLog fork = log_;
  fork.Replace(3, {.action = AuditAction::kLogStopped});
  Lines lines = LinesOf(log_.ExportRange(8, 20, 20));
  const auto left = [](const std::string& line) {
    const size_t begin = line.find("\"left\":");
    return line.substr(begin, line.find(']') - begin);
  };
  lines[0] = absl::StrReplaceAll(lines[0],
                                 {{left(lines[0]), left(LinesOf(fork.ExportRange(8, 20, 20))[0])}});
  EXPECT_EQ(WordOf({ContentOf(lines)}), VerdictWord::kWrongLeft);
}

TEST_F(ExportVerifierTest, AFilteredExportProvesPresenceAlone) {
  const auto is_refused = [](const AuditEntry& entry) {
    return entry.leaf.outcome == AuditOutcome::kRefused;
  };
  const std::string exported =
      log_.ExportFiltered(0, 20, 20, is_refused, {{"outcome", "refused"}}, 13);
  const Verdict verdict = Verify({exported});
  EXPECT_EQ(verdict.word, VerdictWord::kPresentUnanchored);
  EXPECT_EQ(verdict.text,
            "4 entries are present in the log of 20 entries; that they are all is not claimed; no "
            "outside checkpoint was given");
  EXPECT_EQ(WordOf({exported}, log_.Checkpoint(20)), VerdictWord::kPresent);
  EXPECT_EQ(WordOf({exported}, log_.Checkpoint(13)), VerdictWord::kPresent);
  EXPECT_EQ(WordOf({exported}, log_.Checkpoint(12)), VerdictWord::kPresentUnanchored);
  MemoryLog fork = log_;
  fork.Replace(2, {.action = AuditAction::kLogStopped});
  EXPECT_EQ(WordOf({exported}, fork.Checkpoint(20)), VerdictWord::kForked);
  EXPECT_EQ(WordOf({exported}, fork.Checkpoint(13)), VerdictWord::kInconsistent);

  const Lines lines = LinesOf(exported);
  Lines edited = lines;
  AuditEntry entry = log_.entry(6);
  entry.leaf.count = 99;
  const TreeProof proof = *BuildInclusionProof(log_, 6, 20);
  edited[2] = FormatEntryLine(entry, log_.RootAt(1), &proof);
  EXPECT_EQ(WordOf({ContentOf(edited)}), VerdictWord::kEdited);
  edited[2] = FormatEntryLine(entry, HashOf(entry), &proof);
  const Verdict unproved = Verify({ContentOf(edited)});
  EXPECT_EQ(unproved.word, VerdictWord::kUnproved);
  ExpectPlace(unproved, 3, 6);
  Lines swapped = lines;
  std::swap(swapped[1], swapped[2]);
  EXPECT_EQ(WordOf({ContentOf(swapped)}), VerdictWord::kOutOfOrder);
  EXPECT_EQ(WordOf({ContentOf(Erase(lines, 2))}), VerdictWord::kWrongCount);
}

// The independent verifier has catalogues of its own.
TEST_F(ExportVerifierTest, EveryActionOutcomeAndReasonIsKnownToBothVerifiers) {
  constexpr int kEnd = 256;  // above all numbers that there are
  MemoryLog log;
  for (int i = 0; i < kEnd; ++i) {
    AuditLeaf leaf = {.action = AuditAction::kLogStarted};
    if (!ActionName(static_cast<AuditAction>(i)).empty() &&
        static_cast<AuditAction>(i) != AuditAction::kLogRestored) {
      leaf.action = static_cast<AuditAction>(i);
    }
    leaf.outcome = static_cast<AuditOutcome>(i % 3 + 1);
    if (!ReasonName(static_cast<ErrorReason>(i)).empty()) leaf.reason = static_cast<ErrorReason>(i);
    log.Add(leaf);
  }
  EXPECT_EQ(WordOf({log.ExportRange(0, log.size(), log.size())}, log.Checkpoint(log.size())),
            VerdictWord::kIntact);
}

TEST_F(ExportVerifierTest, NoByteOfTheNewestOutsideCheckpointCanBeOther) {
  const std::string exported = log_.ExportRange(0, 20, 20);
  const std::string note = log_.Checkpoint(15);
  for (size_t at = 0; at < note.size(); ++at) {
    std::string altered = note;
    altered[at] = static_cast<char>(altered[at] ^ (1 << at % 8));
    EXPECT_FALSE(Verify({exported}, altered).anchored()) << at;
  }
}

class RestoreTest : public ExportVerifierTest {
 protected:
  // Log 1 has 20 entries, the last of them not outside yet; a backup of its first `kept` is
  // restored as log 2.
  MemoryLog Restored(uint64_t kept, uint64_t declared) {
    MemoryLog backup;
    backup.AddSome(kept);
    MemoryLog next = backup.Continued(2, kOtherSeed);
    next.Add({.action = AuditAction::kLogRestored,
              .object = FormatRestoredLog({1, declared, log_.RootAt(declared)})});
    next.AddSome(6);
    return next;
  }

  Verdict VerifyBoth(MemoryLog& next, const Lines& exports, const std::string& notes = "") {
    return verifiers_.Verify({exports, {log_.Key(), next.Key()}, notes});
  }
};

TEST_F(RestoreTest, ADeclaredRestoreIsNoRollback) {
  MemoryLog next = Restored(12, 18);
  const std::string sink = absl::StrCat(log_.Checkpoint(9), "\n", log_.Checkpoint(18), "\n",
                                        next.Checkpoint(15), "\n", next.Checkpoint(19));
  const Lines second = {next.ExportRange(0, 19, 19)};
  const Verdict verdict = VerifyBoth(next, second, sink);
  EXPECT_EQ(verdict.word, VerdictWord::kIntact);
  EXPECT_THAT(verdict.text,
              HasSubstr("in log 2; declared restore of log 1 at size 18, with 12 entries"));
  // Confirmed by what stood outside of the log before, and of itself.
  EXPECT_EQ(VerifyBoth(next, second, log_.Checkpoint(18)).word, VerdictWord::kIntact);
  EXPECT_EQ(VerifyBoth(next, second).word, VerdictWord::kIntactUnanchored);
  // Both logs: the second one confirms the first at 18.
  const Verdict both = VerifyBoth(next, {log_.ExportRange(0, 18, 18), second[0]}, sink);
  EXPECT_EQ(both.word, VerdictWord::kIntact);
  EXPECT_THAT(both.text, HasSubstr("\nentries 0..17 intact"));
  EXPECT_THAT(VerifyBoth(next, {log_.ExportRange(0, 18, 18), second[0]}).text,
              HasSubstr("confirmed by the log after it at size 18"));
}

TEST_F(RestoreTest, ARestoreThatSaysTooLittleIsFound) {
  MemoryLog next = Restored(12, 15);
  const Lines second = {next.ExportRange(0, 19, 19)};
  EXPECT_EQ(VerifyBoth(next, second, log_.Checkpoint(18)).word, VerdictWord::kUndeclaredLoss);
  EXPECT_EQ(VerifyBoth(next, {second[0], log_.ExportRange(0, 18, 18)}).word,
            VerdictWord::kUndeclaredLoss);
}

TEST_F(RestoreTest, ARestoreOfAnotherHistoryIsFound) {
  log_.Replace(17, {.action = AuditAction::kLogStopped});
  MemoryLog next = Restored(12, 18);
  log_.Replace(17, {.action = AuditAction::kLogStarted});
  const Lines second = {next.ExportRange(0, 19, 19)};
  EXPECT_EQ(VerifyBoth(next, second, log_.Checkpoint(18)).word, VerdictWord::kForked);
  EXPECT_EQ(VerifyBoth(next, {second[0], log_.ExportRange(0, 18, 18)}).word, VerdictWord::kForked);
  // The kept entries are not those of the log before.
  log_.Replace(5, {.action = AuditAction::kLogStopped});
  EXPECT_EQ(VerifyBoth(next, second, log_.Checkpoint(9)).word, VerdictWord::kForked);
}

// A log that says it follows one of which nothing is known outside could have been begun anew: what
// is outside of the one that is known does not confirm it.
TEST_F(RestoreTest, ALogBehindOneThatNobodyKnowsIsNotConfirmed) {
  MemoryLog begin;
  begin.AddSome(1);
  MemoryLog next = begin.Continued(8, kOtherSeed);
  next.Add({.action = AuditAction::kLogRestored,
            .object = FormatRestoredLog({7, uint64_t{1} << 60, log_.RootAt(18)})});
  next.AddSome(6);
  const Lines second = {next.ExportRange(0, 8, 8)};
  const Verdict verdict =
      VerifyBoth(next, second, absl::StrCat(log_.Checkpoint(18), "\n", next.Checkpoint(8)));
  EXPECT_EQ(verdict.word, VerdictWord::kIntactUnanchored);
  EXPECT_THAT(verdict.text, HasSubstr("outside checkpoints of log 1 cannot be compared: none of "
                                      "log 7 follows them"));
  EXPECT_EQ(VerifyBoth(next, second, next.Checkpoint(8)).word, VerdictWord::kIntact);
}

TEST_F(RestoreTest, ALogThatDoesNotSayWhatItContinuesIsBad) {
  MemoryLog next = log_.Continued(2, kOtherSeed);
  EXPECT_EQ(VerifyBoth(next, {next.ExportRange(0, 20, 20)}).word, VerdictWord::kBadRestore);
  next.Add({.action = AuditAction::kLogRestored, .object = "log 2 size 1"});
  EXPECT_EQ(VerifyBoth(next, {next.ExportRange(0, 21, 21)}).word, VerdictWord::kBadRestore);
  log_.Add(
      {.action = AuditAction::kLogRestored, .object = FormatRestoredLog({1, 20, log_.RootAt(20)})});
  EXPECT_EQ(WordOf({log_.ExportRange(0, 21, 21)}), VerdictWord::kBadRestore);
}

TEST(ExportVerifierFilesTest, WhatIsNoFileIsUnreadable) {
  for (const char* const path : {"/nonexistent/export", "/", "/dev/null"}) {
    VerifyRequest request;
    request.files = {path};
    EXPECT_EQ(VerifyExports(request).word, VerdictWord::kUnreadable) << path;
  }
}

}  // namespace
}  // namespace cardvault
