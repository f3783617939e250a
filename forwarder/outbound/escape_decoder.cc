#include "forwarder/outbound/escape_decoder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace cardvault {
namespace {

constexpr size_t kMaxNumberDigits = 8;  // leading zeros are allowed
constexpr size_t kMaxEntityName = 10;
constexpr uint32_t kMaxCodePoint = 0x10ffff;

constexpr uint32_t kMaxAscii = 0x7f;
constexpr size_t kOctalDigits = 3;

// An escape at the beginning of a text: how long it is and what it means.
struct Escape {
  enum class Kind {
    kCharacter,
    kByte,  // which may be a part of a character
    kNothing,
  };

  size_t size = 0;  // 0: there is none
  uint32_t value = 0;
  Kind kind = Kind::kCharacter;
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
    result.value = result.value * base + DigitOf(text[result.size]);
    ++result.size;
  }
  return result;
}

// `prefix`, then exactly `digits` of hex.
Escape ReadHexEscape(absl::string_view text, absl::string_view prefix, size_t digits) {
  if (!absl::StartsWithIgnoreCase(text, prefix)) return {};
  const Escape number = ReadNumber(text.substr(prefix.size()), 16, digits);
  if (number.size != digits) return {};
  return {prefix.size() + digits, number.value};
}

// `prefix`, then hex in braces.
Escape ReadBracedEscape(absl::string_view text, absl::string_view prefix) {
  if (!absl::StartsWithIgnoreCase(text, prefix)) return {};
  const Escape number = ReadNumber(text.substr(prefix.size()), 16, kMaxNumberDigits);
  const size_t size = prefix.size() + number.size;
  if (number.size == 0 || size == text.size() || text[size] != '}') return {};
  return {size + 1, number.value};
}

Escape ReadOctalEscape(absl::string_view text) {
  const Escape number = ReadNumber(text.substr(1), 8, kOctalDigits);
  // More than that is a backslash before a number.
  if (number.size != kOctalDigits || number.value > kMaxAscii) return {};
  return {1 + number.size, number.value};
}

Escape ReadUrlEscape(absl::string_view text) {
  const Escape wide = ReadHexEscape(text, "%u", 4);
  if (wide.size > 0) return wide;
  Escape byte = ReadHexEscape(text, "%", 2);
  byte.kind = Escape::Kind::kByte;
  return byte;
}

Escape ReadBackslashEscape(absl::string_view text) {
  for (const Escape escape :
       {ReadHexEscape(text, "\\u", 4), ReadHexEscape(text, "\\x", 2),
        ReadBracedEscape(text, "\\u{"), ReadBracedEscape(text, "\\x{"), ReadOctalEscape(text)}) {
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
    const Escape number = ReadNumber(text.substr(prefix), is_hex ? 16 : 10, kMaxNumberDigits);
    if (number.size == 0) return {};
    result = {prefix + number.size, number.value};
  } else {
    size_t end = 1;
    while (end < text.size() && end <= kMaxEntityName &&
           absl::ascii_isalpha(static_cast<unsigned char>(text[end]))) {
      ++end;
    }
    if (end == 1 || end == text.size() || text[end] != ';') return {};
    const absl::string_view name = text.substr(1, end - 1);
    result = {end, ' '};
    if (name == "amp") result.value = '&';
    if (name == "quot" || name == "apos") result.value = '"';
    if (name == "lt") result.value = '<';
    if (name == "gt") result.value = '>';
  }
  if (result.size < text.size() && text[result.size] == ';') ++result.size;
  return result;
}

Escape ReadTextEscape(absl::string_view text) {
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

Escape ReadQuotedPrintable(absl::string_view text) {
  for (const absl::string_view soft_line_end : {"=\r\n", "=\n"}) {
    if (absl::StartsWith(text, soft_line_end)) {
      return {soft_line_end.size(), 0, Escape::Kind::kNothing};
    }
  }
  Escape byte = ReadHexEscape(text, "=", 2);
  byte.kind = Escape::Kind::kByte;
  return byte;
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

// `read` knows escapes that begin with one of `first`.
void DecodeBy(Escape (*read)(absl::string_view), absl::string_view first,
              const TextReading& reading, std::vector<TextReading>& out) {
  const absl::string_view text = reading.text();
  if (text.find_first_of(first) == absl::string_view::npos) return;
  TextReading decoded;
  bool found = false;
  for (size_t i = 0; i < text.size();) {
    const Escape escape = read(text.substr(i));
    if (escape.size == 0) {
      decoded.Append(text[i], reading.PlaceOf(i, i + 1));
      ++i;
      continue;
    }
    const TextRange place = reading.PlaceOf(i, i + escape.size);
    if (escape.kind == Escape::Kind::kByte) {
      decoded.Append(static_cast<char>(escape.value), place);
    } else if (escape.kind == Escape::Kind::kCharacter) {
      AppendUtf8(decoded, escape.value, place);
    }
    i += escape.size;
    found = true;
  }
  if (found) out.push_back(std::move(decoded));
}

}  // namespace

void DecodeEscapes(const TextReading& reading, std::vector<TextReading>& out) {
  DecodeBy(ReadTextEscape, "%\\&", reading, out);
  DecodeBy(ReadQuotedPrintable, "=", reading, out);
}

}  // namespace cardvault
