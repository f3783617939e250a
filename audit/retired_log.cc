#include "audit/retired_log.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace cardvault {

std::string FormatRetiredLog(const RetiredLog& retired) {
  const absl::string_view root(reinterpret_cast<const char*>(retired.root.data()),
                               retired.root.size());
  return absl::StrCat(retired.first, "..", retired.end - 1, " root ", absl::Base64Escape(root));
}

std::optional<RetiredLog> ParseRetiredLog(absl::string_view object) {
  const std::vector<absl::string_view> words = absl::StrSplit(object, ' ');
  if (words.size() != 3) return std::nullopt;
  const std::vector<absl::string_view> range = absl::StrSplit(words[0], "..");
  RetiredLog retired;
  uint64_t last = 0;
  std::string root;
  if (range.size() != 2 || !absl::SimpleAtoi(range[0], &retired.first) ||
      !absl::SimpleAtoi(range[1], &last) || last < retired.first ||
      !absl::Base64Unescape(words[2], &root) || root.size() != retired.root.size()) {
    return std::nullopt;
  }
  retired.end = last + 1;
  std::copy(root.begin(), root.end(), retired.root.begin());
  if (FormatRetiredLog(retired) != object) return std::nullopt;
  return retired;
}

}  // namespace cardvault
