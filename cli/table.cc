#include "cli/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace cardvault::cli {
namespace {

// Columns as a terminal shows them: a UTF-8 continuation byte takes no place.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Padded(const std::string& text, size_t width) {
  return absl::StrCat(text, std::string(width - std::min(width, Width(text)), ' '));
}

std::string Trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string Table::Text() const {
  std::vector<size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < widths.size() && i < row.size(); ++i) {
      widths[i] = std::max(widths[i], Width(row[i]));
    }
  }
  std::string text;
  for (size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (size_t i = 0; i < widths.size() && i < rows_[r].size(); ++i) {
      absl::StrAppend(&line, i == 0 ? "" : "  ", Padded(rows_[r][i], widths[i]));
    }
    absl::StrAppend(&text, Trimmed(line), "\n");
    if (r == 0) {
      std::string rule;
      for (size_t i = 0; i < widths.size(); ++i) {
        absl::StrAppend(&rule, i == 0 ? "" : "  ", std::string(widths[i], '-'));
      }
      absl::StrAppend(&text, rule, "\n");
    }
  }
  if (rows_.size() == 1) absl::StrAppend(&text, "(none)\n");
  return text;
}

std::string Details(const std::vector<std::pair<std::string, std::string>>& lines) {
  size_t width = 0;
  for (const auto& [name, value] : lines) {
    if (!value.empty()) width = std::max(width, Width(name));
  }
  std::string text;
  for (const auto& [name, value] : lines) {
    if (!value.empty()) absl::StrAppend(&text, Padded(name, width), "  ", value, "\n");
  }
  return text;
}

}  // namespace cardvault::cli
