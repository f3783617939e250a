#include "forwarder/outbound/message_headers.h"

#include "absl/strings/match.h"

namespace cardvault {

std::optional<absl::string_view> FindHeader(const MessageHeaders& headers, absl::string_view name) {
  std::optional<absl::string_view> found;
  for (const auto& [other, value] : headers) {
    if (!absl::EqualsIgnoreCase(other, name)) continue;
    if (value.size() > kMaxProofHeaderSize) return std::nullopt;
    if (found.has_value() && *found != value) return std::nullopt;
    found = value;
  }
  return found;
}

}  // namespace cardvault
