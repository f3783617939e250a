#include "forwarder/route_rules.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/id.h"
#include "base/sha256.h"
#include "forwarder/outbound/upstream_url.h"

namespace cardvault {
namespace {

constexpr absl::string_view kHttps = "https://";
constexpr absl::string_view kPinPrefix = "sha256//";
constexpr size_t kSha256Base64Size = 44;

bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

const char* CheckBaseUrl(absl::string_view text) {
  if (absl::StartsWithIgnoreCase(text, "http://")) return "only https:// is spoken";
  if (!absl::StartsWith(text, kHttps)) return "this must begin with https://";
  if (absl::EndsWith(text, "/")) return "this must not end with a slash: paths begin with one";
  return JoinUpstreamUrl(text, "/").ok()
             ? nullptr
             : "this must be https://host[:port][/prefix] with a good host and port, and nothing "
               "else";
}

const char* CheckPath(absl::string_view text) {
  if (!absl::StartsWith(text, "/")) return "a path begins with a slash";
  return JoinUpstreamUrl("https://host", text).ok()
             ? nullptr
             : "a path has no spaces, no query, no fragment and nothing that a URL would escape";
}

const char* CheckFilePath(absl::string_view text) {
  return absl::StartsWith(text, "/") ? nullptr : "this must be an absolute path";
}

const char* CheckPublicKeyPin(absl::string_view text) {
  for (absl::string_view pin : absl::StrSplit(text, ';')) {
    std::string digest;
    if (!absl::ConsumePrefix(&pin, kPinPrefix) || pin.size() != kSha256Base64Size ||
        !absl::Base64Unescape(pin, &digest) || digest.size() != kSha256Size) {
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
