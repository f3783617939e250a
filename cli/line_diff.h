#ifndef CARDVAULT_CLI_LINE_DIFF_H_
#define CARDVAULT_CLI_LINE_DIFF_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault::cli {

// Pairs of lines that are compared at most, four bytes each: documents of 2,000 lines that have
// nothing in common. Beyond it what lies between the first and the last difference is shown as
// taken out and put in as a whole.
inline constexpr size_t kMaxComparedPairs = size_t{4} << 20;

// What changes from one text to another, line by line, as `diff -u` shows it: "-" is taken out, "+"
// is put in, with three lines around it that stay and "@@" with the line numbers before. "" when
// all lines are the same.
std::string LineDiff(absl::string_view before, absl::string_view after,
                     size_t max_compared_pairs = kMaxComparedPairs);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_LINE_DIFF_H_
