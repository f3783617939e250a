#include "tests/torture/export_tamper.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "audit/checkpoint.h"
#include "audit/export/export_entry.h"
#include "audit/signed_note.h"
#include "audit/testing/memory_log.h"
#include "audit/testing/test_note_signer.h"
#include "base/check.h"

namespace cardvault::torture {
namespace {

using Lines = std::vector<std::string>;

constexpr char kNoteBegin[] = "\"checkpoint\":\"";
constexpr uint64_t kForeignEntries = 40;
const std::string kForeignSeed(64, '8');  // NOLINT(runtime/string): of a forger's key

// The note in a header as it stands in JSON: all but newlines and dashes stands for itself.
std::string InJson(const std::string& note) {
  return absl::StrReplaceAll(note, {{"\n", "\\n"}, {"\u2014", "\\u2014"}});
}

class Tamperer final {
 public:
  Tamperer(std::mt19937_64& random, const GivenExport& given, const AuditScene& scene)
      : random_(random), given_(given), scene_(scene), content_(given.content) {}

  TamperedExport Tamper() && {
    std::string what = Draw();
    return {std::move(what), std::move(content_)};
  }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }

  std::string Draw();
  void EditByte();
  std::string EditLines(uint64_t way);
  std::string ReplaceNote(uint64_t way);
  void EditEntry(std::string& line, bool with_hash);
  void EditHash();

  std::mt19937_64& random_;
  const GivenExport& given_;
  const AuditScene& scene_;
  std::string content_;
};

// As often in the first line as in the others: the header has the longest arm.
void Tamperer::EditByte() {
  const size_t end = Below(3) == 0 ? content_.find('\n') + 1 : content_.size();
  const size_t at = Below(end);
  switch (Below(3)) {
    case 0:
      content_[at] = static_cast<char>(content_[at] ^ (1 << Below(8)));
      break;
    case 1:
      content_.erase(at, 1);
      break;
    default:
      content_.insert(at, 1, content_[Below(content_.size())]);
  }
}

// In the form that the file's writer would give it.
void Tamperer::EditEntry(std::string& line, bool with_hash) {
  AuditEntry entry;
  TreeHash hash;
  TreeProof proof;
  TreeProof* const its_proof = given_.is_range ? nullptr : &proof;
  if (!ParseEntryLine(line, entry, hash, its_proof).ok()) return;
  AuditLeaf& leaf = entry.leaf;
  switch (Below(8)) {
    case 0:
      entry.time += absl::Microseconds(1);
      break;
    case 1:
      ++entry.sequence;
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
      ++leaf.count;
      break;
    case 5:
      leaf.origin.principal += "x";
      break;
    case 6:
      leaf.object = leaf.object.empty() ? "z" : leaf.object.substr(1);
      break;
    default:
      leaf.origin.address += "1";
  }
  line = FormatEntryLine(entry, with_hash ? HashOf(entry) : hash, its_proof);
}

// A hash stays one, of another value.
void Tamperer::EditHash() {
  std::vector<size_t> begins;
  for (size_t at = content_.find("=\""); at != std::string::npos;
       at = content_.find("=\"", at + 1)) {
    if (at > 43 && content_[at - 44] == '"') begins.push_back(at - 43);
  }
  if (begins.empty()) return;
  char& digit = content_[begins[Below(begins.size())] + Below(42)];
  digit = digit == 'A' ? 'B' : 'A';
}

std::string Tamperer::EditLines(uint64_t way) {
  Lines lines = absl::StrSplit(content_, '\n', absl::SkipEmpty());
  const size_t any = 1 + Below(lines.size() - 1);
  const size_t other = 1 + Below(lines.size() - 1);
  const auto at = [&](size_t index) { return lines.begin() + static_cast<std::ptrdiff_t>(index); };
  std::string what;
  switch (way) {
    case 0:
      what = "a line is deleted";
      lines.erase(at(any));
      break;
    case 1:
      what = "a line stands twice";
      lines.insert(at(other), std::string(lines[any]));
      break;
    case 2:
      what = "two lines change places";
      std::swap(lines[any], lines[other]);
      break;
    case 3:
      what = "the end is cut off";
      lines.resize(any);
      break;
    case 4: {
      what = "the end is cut off, and the last line put right";
      const std::string end = absl::StrCat("{\"end\":{\"entries\":", any - 1, "}}");
      lines.resize(any);
      lines.push_back(end);
      break;
    }
    case 5:
      what = "an entry is edited";
      EditEntry(lines[any], /*with_hash=*/false);
      break;
    case 6:
      what = "an entry is edited with its hash";
      EditEntry(lines[any], /*with_hash=*/true);
      break;
    case 7: {
      what = "an entry is made up";
      std::string made_up = lines[any];
      EditEntry(made_up, /*with_hash=*/true);
      lines.insert(at(other), made_up);
      break;
    }
    default: {
      what = "another vault's lines are put in";
      MemoryLog foreign;
      foreign.AddSome(kForeignEntries);
      const Lines theirs = absl::StrSplit(
          given_.is_range ? foreign.ExportRange(0, kForeignEntries, kForeignEntries)
                          : foreign.ExportFiltered(0, kForeignEntries, kForeignEntries,
                                                   [](const AuditEntry&) { return true; }),
          '\n', absl::SkipEmpty());
      const size_t end = std::min({lines.size(), theirs.size(), any + 1 + Below(3)});
      for (size_t i = std::min(any, end - 1); i < end; ++i) lines[i] = theirs[i];
    }
  }
  content_ = absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
  return what;
}

std::string Tamperer::ReplaceNote(uint64_t way) {
  const size_t begin = content_.find(kNoteBegin) + sizeof(kNoteBegin) - 1;
  const size_t end = content_.find('"', begin);
  CV_CHECK(begin < end && end != std::string::npos);
  const std::string text = absl::StrReplaceAll(content_.substr(begin, end - begin),
                                               {{"\\n", "\n"}, {"\\u2014", "\u2014"}});
  const absl::StatusOr<SignedNote> note = ParseNote(text);
  CV_CHECK(note.ok());
  absl::StatusOr<Checkpoint> said = ParseCheckpoint(note->text);
  CV_CHECK(said.ok());
  std::string replaced;
  std::string what;
  switch (way) {
    case 0: {
      what = "an earlier checkpoint stands in it";
      replaced =
          given_.notes.substr(0, given_.notes.find("\n\n", given_.notes.find("\n\n") + 2) + 1);
      break;
    }
    case 1: {
      what = "another key has signed the checkpoint";
      const TestNoteSigner forger(said->origin, kForeignSeed);
      const NoteSigner* const signer = &forger;
      replaced = *SignCheckpoint(*said, {&signer, 1});
      break;
    }
    case 2: {
      what = "another root stands in the checkpoint";
      said->root[Below(said->root.size())] ^= 1;
      replaced = SerializeNote({FormatCheckpoint(*said), note->signatures});
      break;
    }
    default: {
      what = "signatures of another checkpoint stand under it";
      const std::string first =
          given_.notes.substr(0, given_.notes.find("\n\n", given_.notes.find("\n\n") + 2) + 1);
      replaced = SerializeNote({note->text, ParseNote(first)->signatures});
    }
  }
  content_.replace(begin, end - begin, InJson(replaced));
  return what;
}

std::string Tamperer::Draw() {
  const uint64_t way = Below(20);
  if (way < 4) {
    EditByte();
    return "a byte is changed";
  }
  if (way < 13) return EditLines(way - 4);
  if (way < 17) return ReplaceNote(way - 13);
  if (way == 17) {
    EditHash();
    return "a hash is changed";
  }
  if (way == 18) {
    // All of it by a forger, who knows what the log is called.
    const std::string origin = scene_.keys().front().name();
    const size_t vault_begin = origin.find('/') + 1;
    const size_t vault_end = origin.find('/', vault_begin);
    MemoryLog forged(origin.substr(vault_begin, vault_end - vault_begin), 1, kForeignSeed);
    forged.AddSome(scene_.log().leaves.size());
    content_ = forged.ExportRange(0, forged.size(), forged.size());
    return "all of it is forged";
  }
  const size_t block = 1 + Below(content_.size() / 2);
  const size_t at = Below(content_.size() - block);
  content_.erase(at, block);
  return "a piece is cut out";
}

void Blank(std::string& content, const std::string& from, const std::string& to) {
  const size_t begin = content.find(from);
  const size_t end = begin == std::string::npos ? begin : content.find(to, begin + from.size());
  if (end != std::string::npos) content.erase(begin, end - begin);
}

// The bytes that a verifier must not pass over.
std::string ClaimOf(const GivenExport& given, const std::string& content) {
  std::string claim = content;
  const size_t note = claim.find(kNoteBegin);
  if (note != std::string::npos) {
    const size_t begin = claim.find("\\n\\n", note);
    const size_t end = claim.find('"', note + sizeof(kNoteBegin) - 1);
    if (begin < end && end != std::string::npos) claim.erase(begin, end - begin);
  }
  if (!given.is_range) {
    Blank(claim, "\"first\":", "\"size\":");
    Blank(claim, "\"filter\":{", "}");
  }
  return claim;
}

}  // namespace

TamperedExport TamperExport(std::mt19937_64& random, const GivenExport& given,
                            const AuditScene& scene) {
  return Tamperer(random, given, scene).Tamper();
}

bool ClaimsNoMore(const GivenExport& given, const std::string& content) {
  const Lines was = absl::StrSplit(ClaimOf(given, given.content), '\n');
  const Lines is = absl::StrSplit(ClaimOf(given, content), '\n');
  if (given.is_range) return was == is;
  if (was.front() != is.front()) return false;
  // The others but the last one are entries; those that are left out are not asked for.
  size_t at = 1;
  for (size_t i = 1; i + 2 < is.size(); ++i, ++at) {
    while (at < was.size() && was[at] != is[i]) ++at;
    if (at == was.size()) return false;
  }
  return true;
}

}  // namespace cardvault::torture
