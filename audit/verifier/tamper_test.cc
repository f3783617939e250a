// Random logs, exported and tampered with: what was altered is found, what was not gives no alarm,
// and both verifiers agree.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "audit/export/export_entry.h"
#include "audit/testing/memory_log.h"
#include "audit/verifier/testing/two_verifiers.h"
#include "audit/verifier/verdict.h"
#include "base/check.h"
#include "keys/testing/seed.h"

namespace cardvault {
namespace {

using Lines = std::vector<std::string>;

Lines LinesOf(const std::string& content) {
  return absl::StrSplit(content, '\n', absl::SkipEmpty());
}

std::string ContentOf(const Lines& lines) { return absl::StrCat(absl::StrJoin(lines, "\n"), "\n"); }

// A log and one of its exports, with an outside checkpoint that the export is confirmed by.
class RandomExport final {
 public:
  explicit RandomExport(std::mt19937_64& random) : random_(random) {
    // Some with more than one segment of the largest size.
    const uint64_t most = Below(10) == 0 ? 2500 : 80;
    log_.AddSome(1 + Below(most));
    size_ = 1 + Below(log_.size());
    first_ = Below(size_);
    end_ = first_ + 1 + Below(size_ - first_);
    is_range_ = Below(3) > 0;
    // Of a filtered one: its own size, or one that it has a proof from. Of a range too, or within.
    const bool is_within = is_range_ && Below(2) == 0;
    const bool has_proof = !is_within && size_ > 1 && Below(2) == 0;
    note_size_ = is_within   ? first_ + Below(end_ - first_ + 1)
                 : has_proof ? 1 + Below(size_ - 1)
                             : size_;
    if (note_size_ == 0) note_size_ = end_;
    from_ = has_proof ? note_size_ : 0;
    content_ = Export(log_);
  }

  uint64_t Below(uint64_t end) {
    return std::uniform_int_distribution<uint64_t>(0, end - 1)(random_);
  }

  std::string Export(MemoryLog& log) {
    if (is_range_) return log.ExportRange(first_, end_, size_, from_);
    return log.ExportFiltered(
        first_, end_, size_, [](const AuditEntry& entry) { return entry.sequence % 3 != 1; },
        {{"action", "some"}}, from_);
  }

  VerifyCase Case(std::string content) {
    return {{std::move(content)}, {log_.Key()}, log_.Checkpoint(note_size_)};
  }

  std::string Description() const {
    return absl::StrCat(is_range_ ? "range" : "filtered", " [", first_, ",", end_, ") of ", size_,
                        ", checkpoint at ", note_size_, ", proof from ", from_);
  }

  // One way to tamper with the lines; false when it cannot be done to them.
  bool Tamper(int way, Lines& lines);

  std::mt19937_64& random_;
  MemoryLog log_;
  uint64_t first_, end_, size_, note_size_, from_;
  bool is_range_;
  std::string content_;

 private:
  // The index of a line with an entry; 0 for none.
  size_t AnyEntry(const Lines& lines) {
    std::vector<size_t> entries;
    for (size_t i = 1; i < lines.size(); ++i) {
      if (lines[i].find("{\"sequence\":") == 0) entries.push_back(i);
    }
    return entries.empty() ? 0 : entries[Below(entries.size())];
  }

  bool EditEntry(std::string& line, bool with_hash);
  void EditBase64(std::string& line, size_t begin);
};

// Alters one field; its hash too, or not.
bool RandomExport::EditEntry(std::string& line, bool with_hash) {
  AuditEntry entry;
  TreeHash hash;
  TreeProof proof;
  CV_CHECK(ParseEntryLine(line, entry, hash, is_range_ ? nullptr : &proof).ok());
  AuditLeaf& leaf = entry.leaf;
  switch (Below(11)) {
    case 0:
      entry.time += absl::Microseconds(1);
      break;
    case 1:
      entry.since_boot += absl::Microseconds(1);
      break;
    case 2:
      leaf.action = leaf.action == AuditAction::kLogStarted ? AuditAction::kLogStopped
                                                            : AuditAction::kLogStarted;
      break;
    case 3:
      leaf.outcome =
          leaf.outcome == AuditOutcome::kFailed ? AuditOutcome::kSuccess : AuditOutcome::kFailed;
      break;
    case 4:
      ++leaf.key_version;
      break;
    case 5:
      ++leaf.count;
      break;
    case 6:
      leaf.reason =
          leaf.reason == ErrorReason::kPolicy ? ErrorReason::kUnspecified : ErrorReason::kPolicy;
      break;
    case 7:
      leaf.origin.principal += "x";
      break;
    case 8:
      // From one field to the next.
      leaf.origin.role += "y";
      if (!leaf.origin.address.empty()) leaf.origin.address.pop_back();
      break;
    case 9:
      leaf.object = leaf.object.empty() ? "z" : leaf.object.substr(1);
      break;
    default:
      leaf.origin.change = leaf.origin.change.empty() ? "chg-9" : "";
  }
  line = FormatEntryLine(entry, with_hash ? HashOf(entry) : hash, is_range_ ? nullptr : &proof);
  return true;
}

// Another digit of a hash, so that it stays a hash.
void RandomExport::EditBase64(std::string& line, size_t begin) {
  const size_t digit = begin + Below(42);
  line[digit] = line[digit] == 'A' ? 'B' : 'A';
}

bool RandomExport::Tamper(int way, Lines& lines) {
  const size_t entry = AnyEntry(lines);
  const size_t any = 1 + Below(lines.size() - 1);
  const auto at = [&](size_t index) { return lines.begin() + static_cast<std::ptrdiff_t>(index); };
  switch (way) {
    case 0:  // a field
      return entry > 0 && EditEntry(lines[entry], /*with_hash=*/false);
    case 1:  // a field with its hash
      return entry > 0 && EditEntry(lines[entry], /*with_hash=*/true);
    case 2: {  // swap
      const size_t other = 1 + Below(lines.size() - 1);
      if (lines[any] == lines[other]) return false;
      std::swap(lines[any], lines[other]);
      return true;
    }
    case 3:  // drop
      lines.erase(at(any));
      return true;
    case 4:  // repeat
      lines.insert(at(1 + Below(lines.size())), lines[any]);
      return true;
    case 5: {  // insert one that was never there
      if (entry == 0) return false;
      std::string made_up = lines[entry];
      EditEntry(made_up, /*with_hash=*/true);
      lines.insert(at(entry), made_up);
      return true;
    }
    case 6:  // cut
      lines.resize(Below(lines.size()));
      return true;
    case 7: {  // the hash of an entry
      if (entry == 0) return false;
      EditBase64(lines[entry], lines[entry].find("\"hash\":\"") + 8);
      return true;
    }
    case 8: {  // a hash of a proof, of the header or of a line
      std::string& line = lines[Below(lines.size())];
      std::vector<size_t> begins;
      for (const char* const list : {"\"left\":[", "\"proof\":["}) {
        const size_t begin = line.find(list);
        if (begin == std::string::npos) continue;
        for (size_t i = begin; i < line.find(']', begin); ++i) {
          if ((line[i] == '[' || line[i] == ',') && line[i + 1] == '"') begins.push_back(i + 2);
        }
      }
      if (begins.empty()) return false;
      EditBase64(line, begins[Below(begins.size())]);
      return true;
    }
    case 9: {  // a sequence
      if (entry == 0) return false;
      AuditEntry moved;
      TreeHash hash;
      TreeProof proof;
      CV_CHECK(ParseEntryLine(lines[entry], moved, hash, is_range_ ? nullptr : &proof).ok());
      moved.sequence += Below(2) == 0 ? 1 : size_;
      lines[entry] = FormatEntryLine(moved, HashOf(moved), is_range_ ? nullptr : &proof);
      return true;
    }
    default:
      return false;
  }
}

constexpr int kWays = 10;
constexpr int kLogs = 40;
constexpr int kFlipsOfALog = 12;

TEST(TamperTest, WhatWasNotTamperedWithGivesNoAlarmAndWhatWasIsFound) {
  std::mt19937_64 random = SeededGenerator();
  TwoVerifiers verifiers;
  for (int i = 0; i < kLogs; ++i) {
    RandomExport exported(random);
    SCOPED_TRACE(exported.Description());
    const Verdict good = verifiers.Verify(exported.Case(exported.content_));
    ASSERT_TRUE(good.anchored()) << ReportOf(good);
    for (int way = 0; way < kWays; ++way) {
      Lines lines = LinesOf(exported.content_);
      if (!exported.Tamper(way, lines)) continue;
      const Verdict verdict = verifiers.Verify(exported.Case(ContentOf(lines)));
      EXPECT_FALSE(verdict.good()) << "way " << way << ": " << ReportOf(verdict);
    }
  }
}

// What a filtered export was chosen by, and from which entries, is not proved, and the verdict says
// so.
bool IsUnproved(const RandomExport& exported, size_t at) {
  const std::string& content = exported.content_;
  const auto is_within = [&](const char* from, const char* to) {
    const size_t begin = content.find(from);
    return at >= begin && at < content.find(to, begin);
  };
  return !exported.is_range_ &&
         (is_within("\"first\":", "\"size\":") || is_within("\"filter\":", "}"));
}

TEST(TamperTest, NoByteCanBeOther) {
  std::mt19937_64 random = SeededGenerator();
  TwoVerifiers verifiers;
  for (int i = 0; i < kLogs; ++i) {
    RandomExport exported(random);
    SCOPED_TRACE(exported.Description());
    for (int flip = 0; flip < kFlipsOfALog; ++flip) {
      std::string content = exported.content_;
      // As often in the first and the last line as within.
      const size_t begin = flip % 3 == 1 && content.size() > 200 ? content.size() - 200 : 0;
      const size_t end = flip % 3 == 0 ? content.find('\n') + 1 : content.size();
      const size_t at = begin + exported.Below(end - begin);
      content[at] = static_cast<char>(content[at] ^ (1 << exported.Below(8)));
      const Verdict verdict = verifiers.Verify(exported.Case(content));
      EXPECT_TRUE(!verdict.anchored() || IsUnproved(exported, at)) << "byte " << at;
    }
  }
}

TEST(TamperTest, OtherLogsAreFound) {
  std::mt19937_64 random = SeededGenerator();
  TwoVerifiers verifiers;
  for (int i = 0; i < kLogs; ++i) {
    RandomExport exported(random);
    SCOPED_TRACE(exported.Description());
    // A fork of the same size, signed with the same key, that differs before the checkpoint that
    // was kept.
    MemoryLog fork = exported.log_;
    fork.Replace(exported.Below(exported.note_size_), {.action = AuditAction::kKekRotated});
    EXPECT_FALSE(verifiers.Verify(exported.Case(exported.Export(fork))).good());
    // The same entries, signed with another key.
    MemoryLog other = exported.log_.Continued(1, std::string(64, '9'));
    EXPECT_FALSE(verifiers.Verify(exported.Case(exported.Export(other))).good());
    // A checkpoint of more than the export has.
    VerifyCase later = exported.Case(exported.content_);
    exported.log_.AddSome(1 + exported.Below(9));
    later.notes = exported.log_.Checkpoint(exported.log_.size());
    const Verdict cut = verifiers.Verify(later);
    EXPECT_FALSE(cut.anchored());
    EXPECT_EQ(cut.good(), !exported.is_range_);
  }
}

}  // namespace
}  // namespace cardvault
