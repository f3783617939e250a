#include "forwarder/outbound/signature_encoding.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "base/access/secret_buffer.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr int kNoDigit = -1;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return kNoDigit;
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return kNoDigit;
}

// False when `text` is not hex. Libraries' decoders leave the result in a std::string.
bool DecodeHex(absl::string_view text, SecretBuffer& out) {
  if (text.size() % 2 != 0) return false;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high == kNoDigit || low == kNoDigit) return false;
    out.Append(static_cast<char>(high << 4 | low));
  }
  return true;
}

bool DecodeBase64(absl::string_view text, SecretBuffer& out) {
  size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1 || (padding > 0 && (text.size() + padding) % 4 != 0)) return false;
  uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const int digit = Base64Digit(c);
    if (digit == kNoDigit) return false;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out.Append(static_cast<char>(bits >> bit_count));
      bits &= (1u << bit_count) - 1;
    }
  }
  return bits == 0;
}

}  // namespace

std::string EncodeSignature(SignatureEncoding encoding, absl::string_view bytes) {
  switch (encoding) {
    case SignatureEncoding::kBase64:
      return absl::Base64Escape(bytes);
    case SignatureEncoding::kBase64Url: {
      std::string text = absl::WebSafeBase64Escape(bytes);  // without padding
      text.append((4 - text.size() % 4) % 4, '=');
      return text;
    }
    case SignatureEncoding::kHex:
      break;
  }
  return absl::BytesToHexString(bytes);
}

absl::StatusOr<SecretBytes> DecodeSecret(SecretEncoding encoding, const SecretBytes& text) {
  if (text.empty()) {
    return FailedPrecondition(ErrorReason::kUnspecified, "a credential of the route is empty");
  }
  const absl::string_view view = SecretBytesAccess::View(text);
  SecretBuffer decoded;
  bool is_fine = true;
  switch (encoding) {
    case SecretEncoding::kUtf8:
      decoded.Append(view);
      break;
    case SecretEncoding::kHex:
      is_fine = DecodeHex(view, decoded);
      break;
    case SecretEncoding::kBase64:
      is_fine = DecodeBase64(view, decoded);
      break;
  }
  if (!is_fine || decoded.size() == 0) {
    return FailedPrecondition(ErrorReason::kUnspecified,
                              "a credential of the route is not in the encoding that it says");
  }
  return decoded.Release();
}

}  // namespace cardvault
