#include "forwarder/outbound/binary_text_decoder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "forwarder/outbound/card_spelling.h"

namespace cardvault {
namespace {

constexpr size_t kMinTextSize = 12;
constexpr size_t kMinRunSize = 6;  // bytes of "cvv123"
constexpr size_t kMaxSkipped = 2;  // in a row: the end of a line, a comma and a blank
constexpr int kNoDigit = -1;
constexpr char kRunEnd = '\xff';  // in no text, so nothing that is looked for goes on behind it

// An alphabet in which bytes are written: digits of `bits` bits each.
struct Alphabet {
  int bits;
  size_t starts;  // how many starting points there are
  int (*digit)(char);
  bool (*is_skipped)(char);
};

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return kNoDigit;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return kNoDigit;
}

bool IsLineEnd(char c) { return c == '\r' || c == '\n'; }

bool IsHexSeparator(char c) {
  return IsLineEnd(c) || c == ' ' || c == '\t' || c == ':' || c == ',' || c == '-';
}

constexpr Alphabet kBase64 = {6, 4, Base64Digit, IsLineEnd};
constexpr Alphabet kHex = {4, 2, HexDigit, IsHexSeparator};

bool ReadsLikeText(absl::string_view text) {
  size_t in_a_row = 0;
  for (const char c : text) {
    const bool fits = absl::ascii_isprint(static_cast<unsigned char>(c)) || c == '\0';
    in_a_row = fits ? in_a_row + 1 : 0;
    if (in_a_row == kMinTextSize) return true;
  }
  return false;
}

// `places`: of the digits of one run. `start` of them are skipped.
void DecodeRun(const Alphabet& alphabet, const TextReading& reading,
               const std::vector<size_t>& places, size_t start, TextReading& decoded) {
  uint32_t value = 0;
  int bit_count = 0;
  size_t first = start;  // the digit where the byte begins
  for (size_t i = start; i < places.size(); ++i) {
    const auto digit = static_cast<uint32_t>(alphabet.digit(reading.text()[places[i]]));
    value = value << alphabet.bits | digit;
    bit_count += alphabet.bits;
    if (bit_count < 8) continue;
    bit_count -= 8;
    decoded.Append(static_cast<char>(value >> bit_count),
                   reading.PlaceOf(places[first], places[i] + 1));
    value &= (1u << bit_count) - 1;
    first = bit_count > 0 ? i : i + 1;
  }
}

void DecodeRuns(const Alphabet& alphabet, const TextReading& reading,
                std::vector<TextReading>& out) {
  const absl::string_view text = reading.text();
  std::vector<TextReading> decoded(alphabet.starts);
  std::vector<size_t> places;
  size_t skipped = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && alphabet.digit(text[i]) != kNoDigit) {
      places.push_back(i);
      skipped = 0;
      continue;
    }
    if (i < text.size() && !places.empty() && alphabet.is_skipped(text[i]) &&
        ++skipped <= kMaxSkipped) {
      continue;
    }
    if (places.size() * alphabet.bits >= kMinRunSize * 8) {
      for (size_t start = 0; start < alphabet.starts; ++start) {
        DecodeRun(alphabet, reading, places, start, decoded[start]);
        decoded[start].Append(kRunEnd, reading.PlaceOf(places.back(), places.back() + 1));
      }
    }
    places.clear();
    skipped = 0;
  }
  for (TextReading& one : decoded) {
    if (ReadsLikeText(one.text()) || MentionsCode(one.text())) out.push_back(std::move(one));
  }
}

}  // namespace

void DecodeBinaryText(const TextReading& reading, std::vector<TextReading>& out) {
  DecodeRuns(kBase64, reading, out);
  DecodeRuns(kHex, reading, out);
}

}  // namespace cardvault
