#include "forwarder/route_rules.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/id.h"

namespace cardvault {
namespace {

constexpr absl::string_view kHttps = "https://";
constexpr absl::string_view kPinPrefix = "sha256//";
constexpr size_t kSha256Base64Size = 44;

bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return absl::SimpleAtoi(text, &port) && port >= 1 && port <= 65535 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

// "host", "host:port", "[v6]", "[v6]:port".
bool IsAuthority(absl::string_view text) {
  size_t host_size = text.find(':');
  if (absl::StartsWith(text, "[")) {
    const size_t bracket = text.find(']');
    if (bracket == absl::string_view::npos || bracket == 1) return false;
    host_size = bracket + 1;
  }
  host_size = std::min(host_size, text.size());
  if (host_size == 0) return false;
  const absl::string_view rest = text.substr(host_size);
  return rest.empty() || (rest[0] == ':' && IsPort(rest.substr(1)));
}

}  // namespace

const char* CheckBaseUrl(absl::string_view text) {
  if (absl::StartsWithIgnoreCase(text, "http://")) return "only https:// is spoken";
  if (!absl::ConsumePrefix(&text, kHttps)) return "this must begin with https://";
  if (!IsPrintable(text) || text.find_first_of("@?#\\") != absl::string_view::npos) {
    return "this must be https://host[:port][/prefix] and nothing else";
  }
  if (absl::EndsWith(text, "/")) return "this must not end with a slash: paths begin with one";
  if (!IsAuthority(text.substr(0, text.find('/')))) return "this has no good host or port";
  return nullptr;
}

const char* CheckPath(absl::string_view text) {
  if (!absl::StartsWith(text, "/")) return "a path begins with a slash";
  if (!IsPrintable(text) || text.find_first_of("?#\\") != absl::string_view::npos) {
    return "a path has no spaces, no query and no fragment";
  }
  return nullptr;
}

const char* CheckFilePath(absl::string_view text) {
  return absl::StartsWith(text, "/") ? nullptr : "this must be an absolute path";
}

const char* CheckPublicKeyPin(absl::string_view text) {
  for (absl::string_view pin : absl::StrSplit(text, ';')) {
    std::string digest;
    if (!absl::ConsumePrefix(&pin, kPinPrefix) || pin.size() != kSha256Base64Size ||
        !absl::Base64Unescape(pin, &digest)) {
      return "a pin is sha256// and 44 characters of base64";
    }
  }
  return nullptr;
}

const char* CheckName(absl::string_view text) {
  return CheckId(text, "name").ok()
             ? nullptr
             : "a name has at most 50 letters, digits and characters . _ : -, and no run of 12 "
               "digits";
}

const char* CheckHeaderValue(absl::string_view text) {
  return IsPrintable(text) ? nullptr : "this must be printable ASCII without spaces";
}

}  // namespace cardvault
