#include "audit/export/csv_line.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "audit/export/export_entry.h"

namespace cardvault {
namespace {

// Behind a comma.
void AppendCell(std::string& line, absl::string_view text) {
  line.push_back(',');
  if (text.empty()) return;
  const bool is_formula = absl::string_view("=+-@").find(text[0]) != absl::string_view::npos;
  absl::StrAppend(&line, "\"", is_formula ? "'" : "", absl::StrReplaceAll(text, {{"\"", "\"\""}}),
                  "\"");
}

}  // namespace

std::string CsvHeaderLine() {
  return "sequence,time,since_boot_us,action,outcome,key_version,count,reason,principal,role,"
         "address,object,change,hash\r\n";
}

std::string FormatCsvLine(const AuditEntry& entry) {
  const AuditLeaf& leaf = entry.leaf;
  const TreeHash hash = HashOf(entry);
  std::string line =
      absl::StrCat(entry.sequence, ",", ExportTimeText(entry.time), ",",
                   absl::ToInt64Microseconds(entry.since_boot), ",", ActionName(leaf.action), ",",
                   OutcomeName(leaf.outcome), ",", leaf.key_version, ",", leaf.count);
  AppendCell(line, ReasonName(leaf.reason));
  AppendCell(line, leaf.origin.principal);
  AppendCell(line, leaf.origin.role);
  AppendCell(line, leaf.origin.address);
  AppendCell(line, leaf.object);
  AppendCell(line, leaf.origin.change);
  AppendCell(line, absl::Base64Escape(
                       absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size())));
  line += "\r\n";
  return line;
}

}  // namespace cardvault
