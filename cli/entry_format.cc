#include "cli/entry_format.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "audit/export/cef_line.h"
#include "audit/export/csv_line.h"
#include "audit/export/export_entry.h"

namespace cardvault::cli {

void AddFormatOption(CLI::App& verb, EntryFormat& format) {
  static const auto& formats = *new std::map<std::string, EntryFormat>{
      {"jsonl", EntryFormat::kJsonLines}, {"csv", EntryFormat::kCsv}, {"cef", EntryFormat::kCef}};
  verb.add_option_function<std::string>(
          "--format", [&format](const std::string& word) { format = formats.at(word); },
          "jsonl, csv or cef; the last two are for reading and prove nothing")
      ->check(CLI::IsMember({"jsonl", "csv", "cef"}));
}

std::string FirstLine(EntryFormat format) {
  return format == EntryFormat::kCsv ? CsvHeaderLine() : "";
}

std::string EntryLine(EntryFormat format, const AuditEntry& entry) {
  switch (format) {
    case EntryFormat::kJsonLines:
      return absl::StrCat(FormatEntryLine(entry, HashOf(entry), nullptr), "\n");
    case EntryFormat::kCsv:
      return FormatCsvLine(entry);
    case EntryFormat::kCef:
      return FormatCefLine(entry);
  }
  return "";
}

}  // namespace cardvault::cli
