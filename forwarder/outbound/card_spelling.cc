#include "forwarder/outbound/card_spelling.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace cardvault {
namespace {

constexpr size_t kMaxGap = 16;        // bytes between two digits of a number
constexpr size_t kMaxTagSize = 32;    // bytes of a mark-up tag
constexpr size_t kMinCodeDigits = 3;  // of a card verification code
constexpr size_t kMaxCodeDigits = 4;
constexpr size_t kMaxNameSize = 32;

// Names of card verification codes, without what separates their words.
constexpr absl::string_view kCodeNames[] = {
    "cvv",
    "cvv2",
    "cvc",
    "cvc2",
    "csc",
    "cvn",
    "cid2",
    "cardcode",
    "cardcvv",
    "cardcvc",
    "cvvcode",
    "cvccode",
    "cvvnumber",
    "cvcnumber",
    "cardcid",
    "cvvvalue",
    "securitycode",
    "cardsecuritycode",
    "cardverificationcode",
    "cardverificationvalue",
    "cardverificationnumber",
    "verificationvalue",
    "cvv2code",
};

bool IsAlnum(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

// A digit at the beginning of `text` and how many bytes it takes; size 0 when there is none.
struct Digit {
  char value = 0;
  size_t size = 0;
};

Digit DigitAt(absl::string_view text) {
  if (text.empty()) return {};
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {text[0], absl::ascii_isdigit(byte(0)) ? size_t{1} : size_t{0}};
  // Arabic-Indic U+0660 and U+06F0, full-width U+FF10.
  if (text.size() >= 2 && byte(0) == 0xd9 && byte(1) >= 0xa0 && byte(1) <= 0xa9) {
    return {static_cast<char>('0' + (byte(1) - 0xa0)), 2};
  }
  if (text.size() >= 2 && byte(0) == 0xdb && byte(1) >= 0xb0 && byte(1) <= 0xb9) {
    return {static_cast<char>('0' + (byte(1) - 0xb0)), 2};
  }
  if (text.size() >= 3 && byte(0) == 0xef && byte(1) == 0xbc && byte(2) >= 0x90 &&
      byte(2) <= 0x99) {
    return {static_cast<char>('0' + (byte(2) - 0x90)), 3};
  }
  return {};
}

// How many bytes at the beginning of `text` can stand between two digits of a number.
size_t GapAt(absl::string_view text) {
  size_t size = 0;
  while (size < text.size() && size < kMaxGap + kMaxTagSize) {
    if (text[size] == '<') {
      const size_t end = text.substr(size, kMaxTagSize).find('>');
      if (end != absl::string_view::npos) {
        size += end + 1;
        continue;
      }
    }
    if (IsAlnum(text[size]) || DigitAt(text.substr(size)).size > 0 || size >= kMaxGap) break;
    ++size;
  }
  return size;
}

// Where `number` ends when it begins at the beginning of `text`; 0 when it does not.
size_t MatchAt(absl::string_view text, absl::string_view number) {
  size_t end = 0;
  for (size_t i = 0; i < number.size(); ++i) {
    if (i > 0) end += GapAt(text.substr(end));
    const Digit digit = DigitAt(text.substr(end));
    if (digit.size == 0 || digit.value != number[i]) return 0;
    end += digit.size;
  }
  return end;
}

void FindOneWay(const TextReading& reading, absl::string_view number,
                std::vector<TextRange>& found) {
  const absl::string_view text = reading.text();
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t size = MatchAt(text.substr(i), number);
    // Not past it: another one may begin inside.
    if (size > 0) found.push_back(reading.PlaceOf(i, i + size));
  }
}

}  // namespace

void FindDigits(const TextReading& reading, absl::string_view number,
                std::vector<TextRange>& found) {
  FindOneWay(reading, number, found);
  char reversed[32];
  const size_t size = std::min(number.size(), sizeof(reversed));
  std::reverse_copy(number.begin(), number.begin() + size, reversed);
  FindOneWay(reading, absl::string_view(reversed, size), found);
  std::fill(std::begin(reversed), std::end(reversed), '\0');
}

bool IsCodeName(absl::string_view name) {
  if (name.size() > kMaxNameSize) return false;
  std::string plain;
  for (const char c : name) {
    if (IsAlnum(c)) plain += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return std::find(std::begin(kCodeNames), std::end(kCodeNames), plain) != std::end(kCodeNames);
}

void FindNamedCodes(const TextReading& reading, std::vector<TextRange>& found) {
  const absl::string_view text = reading.text();
  for (size_t begin = 0; begin < text.size(); ++begin) {
    // Digits that nothing alphanumeric touches.
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[begin]))) continue;
    if (begin > 0 && IsAlnum(text[begin - 1])) continue;
    size_t end = begin;
    while (end < text.size() && IsAlnum(text[end])) ++end;
    const absl::string_view word = text.substr(begin, end - begin);
    const bool is_code =
        word.size() >= kMinCodeDigits && word.size() <= kMaxCodeDigits &&
        std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_code) {
      // The name: one to three words before, each gap as between the digits of a number.
      size_t name_end = begin;
      while (name_end > 0 && begin - name_end < kMaxGap && !IsAlnum(text[name_end - 1])) {
        --name_end;
      }
      size_t name_begin = name_end;
      for (int words = 0; words < 3; ++words) {
        while (name_begin > 0 && !IsAlnum(text[name_begin - 1])) --name_begin;
        while (name_begin > 0 && IsAlnum(text[name_begin - 1])) --name_begin;
        if (IsCodeName(text.substr(name_begin, name_end - name_begin))) {
          found.push_back(reading.PlaceOf(begin, end));
          break;
        }
      }
    }
    begin = end;
  }
}

}  // namespace cardvault
