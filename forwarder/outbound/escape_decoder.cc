#include "forwarder/outbound/escape_decoder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace cardvault {
namespace {

constexpr size_t kMaxEntityDigits = 8;  // leading zeros are allowed
constexpr size_t kMaxEntityName = 10;
constexpr uint32_t kMaxCodePoint = 0x10ffff;

// An escape at the beginning of a text: how long it is and which character it means.
struct Escape {
  size_t size = 0;  // 0: there is none
  uint32_t code_point = 0;
};

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

// At most `max_digits` digits of `base` at the beginning of `text`.
Escape ReadNumber(absl::string_view text, int base, size_t max_digits) {
  Escape result;
  while (result.size < std::min(max_digits, text.size()) && DigitOf(text[result.size]) < base) {
    result.code_point = result.code_point * base + DigitOf(text[result.size]);
    ++result.size;
  }
  return result;
}

// `prefix`, then exactly `digits` of hex.
Escape ReadHexEscape(absl::string_view text, absl::string_view prefix, size_t digits) {
  if (!absl::StartsWithIgnoreCase(text, prefix)) return {};
  const Escape number = ReadNumber(text.substr(prefix.size()), 16, digits);
  if (number.size != digits) return {};
  return {prefix.size() + digits, number.code_point};
}

Escape ReadUrlEscape(absl::string_view text) {
  const Escape wide = ReadHexEscape(text, "%u", 4);
  return wide.size > 0 ? wide : ReadHexEscape(text, "%", 2);
}

Escape ReadBackslashEscape(absl::string_view text) {
  for (const Escape escape : {ReadHexEscape(text, "\\u", 4), ReadHexEscape(text, "\\x", 2)}) {
    if (escape.size > 0) return escape;
  }
  if (text.size() < 2) return {};
  switch (text[1]) {
    case '"':
    case '\'':
    case '\\':
    case '/':
      return {2, static_cast<uint32_t>(text[1])};
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return {2, ' '};
    default:
      return {};
  }
}

Escape ReadEntity(absl::string_view text) {
  Escape result;
  if (absl::StartsWith(text, "&#")) {
    const bool is_hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
    const size_t prefix = is_hex ? 3 : 2;
    const Escape number = ReadNumber(text.substr(prefix), is_hex ? 16 : 10, kMaxEntityDigits);
    if (number.size == 0) return {};
    result = {prefix + number.size, number.code_point};
  } else {
    size_t end = 1;
    while (end < text.size() && end <= kMaxEntityName &&
           absl::ascii_isalpha(static_cast<unsigned char>(text[end]))) {
      ++end;
    }
    if (end == 1 || end == text.size() || text[end] != ';') return {};
    const absl::string_view name = text.substr(1, end - 1);
    result = {end, ' '};
    if (name == "amp") result.code_point = '&';
    if (name == "quot" || name == "apos") result.code_point = '"';
    if (name == "lt") result.code_point = '<';
    if (name == "gt") result.code_point = '>';
  }
  if (result.size < text.size() && text[result.size] == ';') ++result.size;
  return result;
}

Escape ReadEscape(absl::string_view text) {
  switch (text[0]) {
    case '%':
      return ReadUrlEscape(text);
    case '\\':
      return ReadBackslashEscape(text);
    case '&':
      return ReadEntity(text);
    default:
      return {};
  }
}

void AppendUtf8(TextReading& out, uint32_t code_point, TextRange place) {
  if (code_point > kMaxCodePoint) code_point = ' ';
  if (code_point < 0x80) {
    out.Append(static_cast<char>(code_point), place);
    return;
  }
  const int continuations = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  const uint32_t mark = continuations == 1 ? 0xc0 : continuations == 2 ? 0xe0 : 0xf0;
  out.Append(static_cast<char>(mark | (code_point >> (6 * continuations))), place);
  for (int i = continuations - 1; i >= 0; --i) {
    out.Append(static_cast<char>(0x80 | ((code_point >> (6 * i)) & 0x3f)), place);
  }
}

}  // namespace

std::optional<TextReading> DecodeEscapes(const TextReading& reading) {
  const absl::string_view text = reading.text();
  if (text.find_first_of("%\\&") == absl::string_view::npos) return std::nullopt;
  TextReading decoded;
  bool found = false;
  for (size_t i = 0; i < text.size();) {
    const Escape escape = ReadEscape(text.substr(i));
    if (escape.size == 0) {
      decoded.Append(text[i], reading.PlaceOf(i, i + 1));
      ++i;
      continue;
    }
    const TextRange place = reading.PlaceOf(i, i + escape.size);
    // %XX are bytes, which may be parts of one character; all others are characters.
    if (text[i] == '%' && escape.size == 3) {
      decoded.Append(static_cast<char>(escape.code_point), place);
    } else {
      AppendUtf8(decoded, escape.code_point, place);
    }
    i += escape.size;
    found = true;
  }
  if (!found) return std::nullopt;
  return decoded;
}

}  // namespace cardvault
