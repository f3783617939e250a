#include "audit/export/export_header.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "absl/strings/str_cat.h"
#include "audit/export/json_line.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/utf8.h"

namespace cardvault {
namespace {

constexpr absl::string_view kFormat = "{\"format\":\"cardvault-audit-export\",\"version\":";
constexpr uint64_t kVersion = 1;
constexpr uint64_t kMaxNumber = std::numeric_limits<uint64_t>::max();
constexpr size_t kMaxLeftCount = 64;  // bits of a size

absl::string_view KindText(ExportKind kind) {
  return kind == ExportKind::kRange ? ",\"kind\":\"range\"" : ",\"kind\":\"filtered\"";
}

bool IsPrintable(absl::string_view text, size_t max_size) {
  return text.size() <= max_size &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t size = Utf8SequenceSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool IsFilterName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxExportFilterNameSize &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

bool IsFilter(const std::vector<std::pair<std::string, std::string>>& filter) {
  // Names ascend: no two lines say the same.
  const auto in_order = [](const auto& a, const auto& b) { return a.first >= b.first; };
  return filter.size() <= kMaxExportFilterCount &&
         std::adjacent_find(filter.begin(), filter.end(), in_order) == filter.end() &&
         std::all_of(filter.begin(), filter.end(), [](const auto& term) {
           return IsFilterName(term.first) && IsPrintable(term.second, kMaxExportFilterValueSize);
         });
}

}  // namespace

bool IsExportHeader(const ExportHeader& header) {
  const bool is_range = header.kind == ExportKind::kRange;
  return !header.origin.empty() && IsPrintable(header.origin, kMaxExportOriginSize) &&
         header.first <= header.end && header.end <= header.size &&
         (!is_range || header.first < header.end) &&
         static_cast<int>(header.left.size()) == (is_range ? std::popcount(header.first) : 0) &&
         !header.checkpoint.empty() && header.checkpoint.size() <= kMaxExportNoteSize &&
         IsUtf8(header.checkpoint) &&
         (is_range ? header.filter.empty() : IsFilter(header.filter)) &&
         (!header.consistency.has_value() ||
          (header.consistency->from > 0 && header.consistency->from < header.size &&
           header.consistency->proof.size() <= kMaxProofHashCount));
}

std::string FormatHeaderLine(const ExportHeader& header) {
  CV_CHECK(IsExportHeader(header));
  std::string line = absl::StrCat(kFormat, kVersion, KindText(header.kind), ",\"origin\":");
  AppendJsonString(line, header.origin);
  absl::StrAppend(&line, ",\"first\":", header.first, ",\"end\":", header.end,
                  ",\"size\":", header.size);
  if (header.kind == ExportKind::kRange) {
    line += ",\"left\":";
    AppendJsonHashes(line, header.left);
  }
  line += ",\"checkpoint\":";
  AppendJsonString(line, header.checkpoint);
  if (header.kind == ExportKind::kFiltered) {
    line += ",\"filter\":{";
    for (const auto& [name, value] : header.filter) {
      absl::StrAppend(&line, line.back() == '{' ? "\"" : ",\"", name, "\":");
      AppendJsonString(line, value);
    }
    line += "}";
  }
  if (header.consistency.has_value()) {
    absl::StrAppend(&line, ",\"consistency\":{\"from\":", header.consistency->from, ",\"proof\":");
    AppendJsonHashes(line, header.consistency->proof);
    line += "}";
  }
  line += "}";
  return line;
}

absl::StatusOr<ExportHeader> ParseHeaderLine(absl::string_view line) {
  ExportHeader header;
  JsonLineScanner scanner(line);
  scanner.Expect(kFormat);
  const uint64_t version = scanner.Number(kMaxNumber);
  if (scanner.ok() && version != kVersion) {
    return Unimplemented(ErrorReason::kNotOffered,
                         "an export of a format version that this program does not know");
  }
  if (scanner.Take(KindText(ExportKind::kFiltered))) {
    header.kind = ExportKind::kFiltered;
  } else {
    scanner.Expect(KindText(ExportKind::kRange));
  }
  scanner.Expect(",\"origin\":");
  scanner.PrintableString(kMaxExportOriginSize, header.origin);
  scanner.Expect(",\"first\":");
  header.first = scanner.Number(kMaxNumber);
  scanner.Expect(",\"end\":");
  header.end = scanner.Number(kMaxNumber);
  scanner.Expect(",\"size\":");
  header.size = scanner.Number(kMaxNumber);
  if (header.kind == ExportKind::kRange) {
    scanner.Expect(",\"left\":");
    scanner.Hashes(kMaxLeftCount, header.left);
  }
  scanner.Expect(",\"checkpoint\":");
  scanner.String(kMaxExportNoteSize, header.checkpoint);
  if (header.kind == ExportKind::kFiltered) {
    scanner.Expect(",\"filter\":{");
    while (scanner.ok() && !scanner.Take("}")) {
      if (!header.filter.empty()) scanner.Expect(",");
      auto& [name, value] = header.filter.emplace_back();
      scanner.PrintableString(kMaxExportFilterNameSize, name);
      scanner.Expect(":");
      scanner.PrintableString(kMaxExportFilterValueSize, value);
      if (header.filter.size() > kMaxExportFilterCount) scanner.Fail();
    }
  }
  if (scanner.Take(",\"consistency\":{\"from\":")) {
    ExportConsistency& consistency = header.consistency.emplace();
    consistency.from = scanner.Number(kMaxNumber);
    scanner.Expect(",\"proof\":");
    scanner.Hashes(kMaxProofHashCount, consistency.proof);
    scanner.Expect("}");
  }
  scanner.Expect("}");
  if (scanner.AtEnd() && IsExportHeader(header)) return header;
  return InvalidArgument(ErrorReason::kFieldInvalid, "header", "not the first line of an export");
}

}  // namespace cardvault
