#include "cli/words.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace cardvault::cli {

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string WordAfterPrefix(absl::string_view name, absl::string_view prefix) {
  absl::ConsumePrefix(&name, prefix);
  return name == "UNSPECIFIED" ? "" : std::string(name);
}

std::string AmountText(long long amount, const std::string& currency) {
  return absl::StrCat(amount, " ", currency, " (minor units)");
}

bool ReadTextFile(const std::string& path, std::string& text) {
  std::ifstream file(path);
  std::ostringstream all;
  if (!file || !(all << file.rdbuf())) return false;
  text = all.str();
  return true;
}

}  // namespace cardvault::cli
