#include "forwarder/outbound/wanted_headers.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace cardvault {

void WantedHeaders::AddLine(absl::string_view line) {
  line = absl::StripTrailingAsciiWhitespace(line);
  if (absl::StartsWith(line, "HTTP/")) {
    found_.clear();
    is_closed_ = false;
    return;
  }
  if (line.empty()) is_closed_ = true;
  const size_t colon = line.find(':');
  if (is_closed_ || colon == absl::string_view::npos) return;
  const absl::string_view name = line.substr(0, colon);
  const bool is_wanted = std::any_of(names_.begin(), names_.end(), [&](const std::string& wanted) {
    return absl::EqualsIgnoreCase(wanted, name);
  });
  if (!is_wanted) return;
  const absl::string_view value = absl::StripLeadingAsciiWhitespace(line.substr(colon + 1));
  if (found_.size() == kMaxProofHeaders || value.size() > kMaxProofHeaderSize) {
    found_.clear();
    is_closed_ = true;
    return;
  }
  found_.emplace_back(std::string(name), std::string(value));
}

}  // namespace cardvault
