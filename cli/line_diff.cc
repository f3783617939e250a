#include "cli/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace cardvault::cli {
namespace {

constexpr size_t kContextLines = 3;

using Lines = std::vector<absl::string_view>;

struct Edit {
  char mark;  // ' ', '-', '+'
  absl::string_view line;
};

Lines Split(absl::string_view text) {
  if (text.empty()) return {};
  return absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
}

// Of lines that begin and end differently: a longest common subsequence stays.
void EditMiddle(const Lines& before, const Lines& after, size_t max_pairs,
                std::vector<Edit>& edits) {
  const size_t rows = before.size();
  const size_t columns = after.size();
  if (rows == 0 || columns == 0 || rows > max_pairs / columns) {
    for (const absl::string_view line : before) edits.push_back({'-', line});
    for (const absl::string_view line : after) edits.push_back({'+', line});
    return;
  }
  // kept[i][j]: how many lines of before[i..] and after[j..] can stay.
  const size_t width = columns + 1;
  std::vector<uint32_t> kept((rows + 1) * width, 0);
  for (size_t i = rows; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      kept[i * width + j] = before[i] == after[j]
                                ? kept[(i + 1) * width + j + 1] + 1
                                : std::max(kept[(i + 1) * width + j], kept[i * width + j + 1]);
    }
  }
  size_t i = 0;
  size_t j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && before[i] == after[j]) {
      edits.push_back({' ', before[i]});
      ++i;
      ++j;
    } else if (j == columns || (i < rows && kept[(i + 1) * width + j] >= kept[i * width + j + 1])) {
      edits.push_back({'-', before[i++]});
    } else {
      edits.push_back({'+', after[j++]});
    }
  }
}

std::vector<Edit> EditsOf(const Lines& before, const Lines& after, size_t max_pairs) {
  const size_t shorter = std::min(before.size(), after.size());
  size_t head = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  size_t tail = 0;
  while (tail < shorter - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
    ++tail;
  }
  std::vector<Edit> edits;
  for (size_t i = 0; i < head; ++i) edits.push_back({' ', before[i]});
  EditMiddle(
      {before.begin() + static_cast<ptrdiff_t>(head), before.end() - static_cast<ptrdiff_t>(tail)},
      {after.begin() + static_cast<ptrdiff_t>(head), after.end() - static_cast<ptrdiff_t>(tail)},
      max_pairs, edits);
  for (size_t i = before.size() - tail; i < before.size(); ++i) edits.push_back({' ', before[i]});
  return edits;
}

// "12,3", as diff has it: of no lines the one before.
std::string Range(size_t lines_before, size_t count) {
  return absl::StrCat(count == 0 ? lines_before : lines_before + 1, ",", count);
}

}  // namespace

std::string LineDiff(absl::string_view before, absl::string_view after, size_t max_compared_pairs) {
  const std::vector<Edit> edits = EditsOf(Split(before), Split(after), max_compared_pairs);
  // Which lines are shown: those that change, and those around them.
  std::vector<bool> shown(edits.size(), false);
  for (size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].mark == ' ') continue;
    const size_t end = std::min(edits.size(), i + kContextLines + 1);
    for (size_t k = i < kContextLines ? 0 : i - kContextLines; k < end; ++k) shown[k] = true;
  }
  std::string text;
  size_t old_line = 0;
  size_t new_line = 0;
  for (size_t i = 0; i < edits.size();) {
    if (!shown[i]) {
      ++old_line;
      ++new_line;
      ++i;
      continue;
    }
    std::string hunk;
    size_t old_count = 0;
    size_t new_count = 0;
    for (; i < edits.size() && shown[i]; ++i) {
      absl::StrAppend(&hunk, std::string(1, edits[i].mark), edits[i].line, "\n");
      if (edits[i].mark != '+') ++old_count;
      if (edits[i].mark != '-') ++new_count;
    }
    absl::StrAppend(&text, "@@ -", Range(old_line, old_count), " +", Range(new_line, new_count),
                    " @@\n", hunk);
    old_line += old_count;
    new_line += new_count;
  }
  return text;
}

}  // namespace cardvault::cli
