#include "audit/verifier/verdict.h"

#include <rapidjson/encodings.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "absl/strings/str_cat.h"

namespace cardvault {

absl::string_view VerdictText(VerdictWord word) {
  switch (word) {
    case VerdictWord::kIntact:
      return "intact";
    case VerdictWord::kIntactUnanchored:
      return "intact-unanchored";
    case VerdictWord::kPresent:
      return "present";
    case VerdictWord::kPresentUnanchored:
      return "present-unanchored";
    case VerdictWord::kUnreadable:
      return "unreadable";
    case VerdictWord::kMalformed:
      return "malformed";
    case VerdictWord::kVersion:
      return "version";
    case VerdictWord::kCutFile:
      return "cut-file";
    case VerdictWord::kDamaged:
      return "damaged";
    case VerdictWord::kBadCheckpoint:
      return "bad-checkpoint";
    case VerdictWord::kBadSignature:
      return "bad-signature";
    case VerdictWord::kUnknownKey:
      return "unknown-key";
    case VerdictWord::kForeignLog:
      return "foreign-log";
    case VerdictWord::kNotesBackwards:
      return "notes-backwards";
    case VerdictWord::kMissing:
      return "missing";
    case VerdictWord::kOutOfOrder:
      return "out-of-order";
    case VerdictWord::kEdited:
      return "edited";
    case VerdictWord::kUnproved:
      return "unproved";
    case VerdictWord::kWrongLeft:
      return "wrong-left";
    case VerdictWord::kWrongCount:
      return "wrong-count";
    case VerdictWord::kWrongNode:
      return "wrong-node";
    case VerdictWord::kGap:
      return "gap";
    case VerdictWord::kOverlap:
      return "overlap";
    case VerdictWord::kForked:
      return "forked";
    case VerdictWord::kInconsistent:
      return "inconsistent";
    case VerdictWord::kCutTail:
      return "cut-tail";
    case VerdictWord::kBadRestore:
      return "bad-restore";
    case VerdictWord::kUndeclaredLoss:
      return "undeclared-loss";
  }
  return "";
}

std::string ReportOf(const Verdict& verdict) {
  if (verdict.good()) return verdict.text;
  std::string report = absl::StrCat(VerdictText(verdict.word), ": ");
  if (verdict.place.file.empty()) return report + verdict.text;
  report += verdict.place.file;
  if (verdict.place.line > 0) absl::StrAppend(&report, ":", verdict.place.line);
  if (verdict.place.sequence.has_value()) {
    absl::StrAppend(&report, ": entry ", *verdict.place.sequence);
  }
  return absl::StrCat(report, ": ", verdict.text);
}

std::string JsonOf(const Verdict& verdict) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  const absl::string_view word = VerdictText(verdict.word);
  writer.StartObject();
  writer.Key("verdict");
  writer.String(word.data(), static_cast<rapidjson::SizeType>(word.size()));
  writer.Key("good");
  writer.Bool(verdict.good());
  if (!verdict.place.file.empty()) {
    writer.Key("file");
    writer.String(verdict.place.file);
  }
  if (verdict.place.line > 0) {
    writer.Key("line");
    writer.Uint64(verdict.place.line);
  }
  if (verdict.place.sequence.has_value()) {
    writer.Key("sequence");
    writer.Uint64(*verdict.place.sequence);
  }
  writer.Key("text");
  writer.String(verdict.text);
  writer.EndObject();
  return out.GetString();
}

}  // namespace cardvault
