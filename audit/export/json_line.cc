#include "audit/export/json_line.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "audit/exact_base64.h"

namespace cardvault {
namespace {

constexpr size_t kHashTextSize = 44;  // 32 bytes in base64
constexpr size_t kUnicodeDigits = 4;

bool IsPrintable(char c) { return c >= 0x20 && c <= 0x7e; }

// The code point at the front of valid UTF-8; takes it off.
uint32_t TakeCodePoint(absl::string_view& text) {
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  uint32_t code = size == 1 ? first : first & (0x7fU >> size);
  for (size_t i = 1; i < size && i < text.size(); ++i) {
    code = code << 6 | (static_cast<uint8_t>(text[i]) & 0x3fU);
  }
  text.remove_prefix(std::min(size, text.size()));
  return code;
}

void AppendUtf8(std::string& out, uint32_t code) {
  const auto tail = [&](int shift) {
    out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3f)));
  };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | code >> 12));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

void AppendUnit(std::string& out, uint32_t unit) {
  absl::StrAppend(&out, "\\u", absl::Hex(unit, absl::kZeroPad4));
}

// Nothing, and `text` as it was, when it begins with none.
std::optional<uint32_t> TakeUnit(absl::string_view& text) {
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, "\\u") || rest.size() < kUnicodeDigits) return std::nullopt;
  uint32_t unit = 0;
  for (const char c : rest.substr(0, kUnicodeDigits)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    unit = unit << 4 | static_cast<uint32_t>(digit ? c - '0' : c - 'a' + 10);
  }
  text = rest.substr(kUnicodeDigits);
  return unit;
}

// What a string's characters stand for. What is written wrongly comes out as something that is not
// written so: the caller compares.
std::string Unescaped(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] != '\\') {
      out.push_back(text[0]);
      text.remove_prefix(1);
    } else if (absl::ConsumePrefix(&text, "\\n")) {
      out.push_back('\n');
    } else if (const std::optional<uint32_t> unit = TakeUnit(text)) {
      uint32_t code = *unit;
      if (code >= 0xd800 && code < 0xdc00) {
        const uint32_t low = TakeUnit(text).value_or(0);
        if (low < 0xdc00 || low > 0xdfff) return "";
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      } else if (code >= 0xdc00 && code < 0xe000) {
        return "";
      }
      AppendUtf8(out, code);
    } else {
      text.remove_prefix(1);
      if (text.empty()) return "";
      out.push_back(text[0]);
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

void AppendJsonString(std::string& out, absl::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const char c = text[0];
    if (c == '"' || c == '\\' || c == '\n') {
      out.push_back('\\');
      out.push_back(c == '\n' ? 'n' : c);
      text.remove_prefix(1);
    } else if (IsPrintable(c)) {
      out.push_back(c);
      text.remove_prefix(1);
    } else if (const uint32_t code = TakeCodePoint(text); code < 0x10000) {
      AppendUnit(out, code);
    } else {
      AppendUnit(out, 0xd800 + ((code - 0x10000) >> 10));
      AppendUnit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
  }
  out.push_back('"');
}

void AppendJsonHash(std::string& out, const TreeHash& hash) {
  const absl::string_view bytes(reinterpret_cast<const char*>(hash.data()), hash.size());
  absl::StrAppend(&out, "\"", absl::Base64Escape(bytes), "\"");
}

void AppendJsonHashes(std::string& out, absl::Span<const TreeHash> hashes) {
  out.push_back('[');
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendJsonHash(out, hashes[i]);
  }
  out.push_back(']');
}

bool JsonLineScanner::Take(absl::string_view text) {
  return ok_ && absl::ConsumePrefix(&rest_, text);
}

void JsonLineScanner::Expect(absl::string_view text) {
  if (!Take(text)) Fail();
}

uint64_t JsonLineScanner::Number(uint64_t max) {
  uint64_t number = 0;
  size_t digits = 0;
  for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
    const auto digit = static_cast<uint64_t>(rest_[digits] - '0');
    if (number > (std::numeric_limits<uint64_t>::max() - digit) / 10) Fail();
    number = number * 10 + digit;
  }
  if (digits == 0 || (digits > 1 && rest_[0] == '0') || number > max) Fail();
  if (!ok_) return 0;
  rest_.remove_prefix(digits);
  return number;
}

absl::string_view JsonLineScanner::Quoted() {
  Expect("\"");
  if (!ok_) return {};
  size_t size = 0;
  while (size < rest_.size() && rest_[size] != '"' && IsPrintable(rest_[size])) {
    size += rest_[size] == '\\' ? 2 : 1;
  }
  if (size >= rest_.size() || rest_[size] != '"') {
    Fail();
    return {};
  }
  const absl::string_view quoted = rest_.substr(0, size);
  rest_.remove_prefix(size + 1);
  return quoted;
}

void JsonLineScanner::String(size_t max_size, std::string& out) {
  const absl::string_view quoted = Quoted();
  if (quoted.find('\\') == absl::string_view::npos) {
    out.assign(quoted.data(), quoted.size());
  } else {
    out = Unescaped(quoted);
    std::string again;
    AppendJsonString(again, out);
    if (absl::string_view(again).substr(1, again.size() - 2) != quoted) Fail();
  }
  if (out.size() > max_size) Fail();
}

void JsonLineScanner::PrintableString(size_t max_size, std::string& out) {
  String(max_size, out);
  if (!std::all_of(out.begin(), out.end(), IsPrintable)) Fail();
}

void JsonLineScanner::Hash(TreeHash& out) {
  const absl::string_view quoted = Quoted();
  if (quoted.size() != kHashTextSize) {
    Fail();
    return;
  }
  const std::optional<std::string> bytes = DecodeExactBase64(quoted);
  if (!bytes.has_value() || bytes->size() != out.size()) {
    Fail();
    return;
  }
  std::copy(bytes->begin(), bytes->end(), out.begin());
}

void JsonLineScanner::Hashes(size_t max_count, std::vector<TreeHash>& out) {
  out.clear();
  Expect("[");
  if (Take("]")) return;
  do {
    if (out.size() == max_count) Fail();
    if (!ok_) return;
    Hash(out.emplace_back());
  } while (Take(","));
  Expect("]");
}

}  // namespace cardvault
