#include "audit/restored_log.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace cardvault {

std::string FormatRestoredLog(const RestoredLog& restored) {
  const absl::string_view root(reinterpret_cast<const char*>(restored.root.data()),
                               restored.root.size());
  return absl::StrCat("log ", restored.log, " size ", restored.size, " root ",
                      absl::Base64Escape(root));
}

std::optional<RestoredLog> ParseRestoredLog(absl::string_view object) {
  const std::vector<absl::string_view> words = absl::StrSplit(object, ' ');
  RestoredLog restored;
  std::string root;
  if (words.size() != 6 || !absl::SimpleAtoi(words[1], &restored.log) || restored.log == 0 ||
      !absl::SimpleAtoi(words[3], &restored.size) || !absl::Base64Unescape(words[5], &root) ||
      root.size() != restored.root.size()) {
    return std::nullopt;
  }
  std::copy(root.begin(), root.end(), restored.root.begin());
  if (FormatRestoredLog(restored) != object) return std::nullopt;
  return restored;
}

}  // namespace cardvault
