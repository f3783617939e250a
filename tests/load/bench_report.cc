#include "tests/load/bench_report.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "base/check.h"

namespace cardvault::testing {
namespace {

using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

constexpr int kJsonDecimals = 3;  // of microseconds: nobody measured finer

std::string Shown(const BenchCell& cell, int decimals) {
  if (const auto* word = std::get_if<std::string>(&cell)) return *word;
  if (const auto* number = std::get_if<double>(&cell)) {
    return absl::StrFormat("%.*f", decimals, *number);
  }
  return "";
}

std::string TextOf(const BenchTable& table) {
  std::vector<std::vector<std::string>> lines(1 + table.rows.size());
  for (size_t c = 0; c < table.columns.size(); ++c) {
    lines[0].push_back(absl::StrReplaceAll(table.columns[c].key, {{"_", " "}}));
    size_t width = lines[0].back().size();
    bool has_number = false;
    for (size_t r = 0; r < table.rows.size(); ++r) {
      CV_CHECK(table.rows[r].size() == table.columns.size());
      const BenchCell& cell = table.rows[r][c];
      lines[r + 1].push_back(Shown(cell, table.columns[c].decimals));
      width = std::max(width, lines[r + 1].back().size());
      has_number = has_number || std::holds_alternative<double>(cell);
    }
    // Numbers to the right, words to the left.
    const int field = has_number ? static_cast<int>(width) : -static_cast<int>(width);
    for (auto& line : lines) line.back() = absl::StrFormat("%*s", field, line.back());
  }
  std::string text = absl::StrCat("\n", table.title, "\n");
  for (const auto& line : lines) {
    std::string row;
    for (const std::string& cell : line) absl::StrAppend(&row, "  ", cell);
    absl::StrAppend(&text, row.substr(0, row.find_last_not_of(' ') + 1), "\n");
  }
  return text;
}

void WriteTable(const BenchTable& table, Writer& writer) {
  writer.StartArray();
  for (const auto& row : table.rows) {
    CV_CHECK(row.size() == table.columns.size());
    writer.StartObject();
    for (size_t c = 0; c < row.size(); ++c) {
      if (std::holds_alternative<std::monostate>(row[c])) continue;
      writer.Key(table.columns[c].key);
      if (const auto* word = std::get_if<std::string>(&row[c])) {
        writer.String(*word);
      } else {
        writer.Double(std::get<double>(row[c]));
      }
    }
    writer.EndObject();
  }
  writer.EndArray();
}

}  // namespace

bool BenchReport::all_met() const {
  return std::all_of(targets_.begin(), targets_.end(),
                     [](const BenchTarget& target) { return target.met(); });
}

std::string BenchReport::Text() const {
  std::string text = absl::StrCat("bench ", part_, "\n\n");
  size_t width = 0;
  for (const auto& [key, value] : facts_) width = std::max(width, key.size());
  for (const auto& [key, value] : facts_) {
    absl::StrAppendFormat(&text, "  %-*s  %s\n", static_cast<int>(width),
                          absl::StrReplaceAll(key, {{"_", " "}}), value);
  }
  for (const BenchTable& table : tables_) absl::StrAppend(&text, TextOf(table));
  BenchTable shown{"targets", "Targets", {{"", 0}, {"measured", 0}, {"at_most", 0}, {"", 0}}, {}};
  for (const BenchTarget& target : targets_) {
    const auto with_unit = [&](double value) {
      if (std::isnan(value)) return std::string("none");
      return absl::StrCat(Shown(value, target.decimals), target.unit.empty() ? "" : " ",
                          target.unit);
    };
    shown.rows.push_back({target.what, with_unit(target.value), with_unit(target.at_most),
                          std::string(target.met() ? "ok" : "below")});
  }
  return absl::StrCat(text, TextOf(shown));
}

std::string BenchReport::Json() const {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.SetIndent(' ', 2);
  writer.SetMaxDecimalPlaces(kJsonDecimals);
  writer.StartObject();
  writer.Key("part");
  writer.String(part_);
  writer.Key("facts");
  writer.StartObject();
  for (const auto& [key, value] : facts_) {
    writer.Key(key);
    writer.String(value);
  }
  writer.EndObject();
  for (const BenchTable& table : tables_) {
    writer.Key(table.key);
    WriteTable(table, writer);
  }
  writer.Key("targets");
  writer.StartArray();
  for (const BenchTarget& target : targets_) {
    writer.StartObject();
    writer.Key("what");
    writer.String(target.what);
    writer.Key("value");
    if (std::isnan(target.value)) {
      writer.Null();
    } else {
      writer.Double(target.value);
    }
    writer.Key("unit");
    writer.String(target.unit);
    writer.Key("at_most");
    writer.Double(target.at_most);
    writer.Key("met");
    writer.Bool(target.met());
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return absl::StrCat(buffer.GetString(), "\n");
}

}  // namespace cardvault::testing
