#include "audit/exact_base64.h"

#include "absl/strings/escaping.h"

namespace cardvault {

std::optional<std::string> DecodeExactBase64(absl::string_view text) {
  std::string bytes;
  // The decoder takes more forms than one; the encoder gives the one.
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace cardvault
