#include "forwarder/outbound/upstream_url.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr absl::string_view kScheme = "https://";
constexpr absl::string_view kDefaultPort = ":443";

bool IsHostCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.';
}

bool IsAddressCharacter(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.';
}

// A path without what a URL gives a meaning of its own, and without what curl would change.
bool IsPathCharacter(char c) {
  return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
         absl::string_view("?#\\\"<>^`{|}").find(c) == absl::string_view::npos;
}

// "host", "host:port" or "[address]:port".
bool IsAuthority(absl::string_view text) {
  absl::string_view port;
  if (absl::StartsWith(text, "[")) {
    const size_t end = text.find(']');
    if (end == absl::string_view::npos || end == 1) return false;
    const absl::string_view address = text.substr(1, end - 1);
    if (!std::all_of(address.begin(), address.end(), IsAddressCharacter)) return false;
    port = text.substr(end + 1);
  } else {
    const size_t end = std::min(text.find(':'), text.size());
    const absl::string_view host = text.substr(0, end);
    if (host.empty() || !std::all_of(host.begin(), host.end(), IsHostCharacter)) return false;
    port = text.substr(end);
  }
  if (port.empty()) return true;
  uint32_t number = 0;
  return port.size() <= 6 && port[0] == ':' && port.size() > 1 &&
         std::all_of(port.begin() + 1, port.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         absl::SimpleAtoi(port.substr(1), &number) && number >= 1 && number <= 65535;
}

}  // namespace

absl::StatusOr<UpstreamUrl> JoinUpstreamUrl(absl::string_view base_url, absl::string_view path) {
  const absl::Status malformed =
      FailedPrecondition(ErrorReason::kUnspecified, "the route's base URL or path is malformed");
  if (!absl::StartsWith(base_url, kScheme)) return malformed;
  const absl::string_view rest = base_url.substr(kScheme.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  absl::string_view authority = rest.substr(0, slash);
  absl::string_view prefix = rest.substr(slash);
  if (absl::EndsWith(prefix, "/")) prefix.remove_suffix(1);
  if (!IsAuthority(authority) || !absl::StartsWith(path, "/") ||
      !std::all_of(prefix.begin(), prefix.end(), IsPathCharacter) ||
      !std::all_of(path.begin(), path.end(), IsPathCharacter)) {
    return malformed;
  }
  if (absl::EndsWith(authority, kDefaultPort)) authority.remove_suffix(kDefaultPort.size());
  UpstreamUrl result;
  result.host = std::string(authority.data(), authority.size());
  result.path = absl::StrCat(prefix, path);
  result.url = absl::StrCat(kScheme, result.host, result.path);
  return result;
}

}  // namespace cardvault
