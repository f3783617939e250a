#include "forwarder/outbound/card_spelling.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace cardvault {
namespace {

constexpr size_t kMaxGap = 16;        // bytes between two digits of a number
constexpr size_t kMaxTagSize = 32;    // bytes of a mark-up tag
constexpr size_t kMinCodeDigits = 3;  // of a card verification code
constexpr size_t kMaxCodeDigits = 4;
constexpr size_t kMaxWordSize = 32;  // of one that a code is looked for in

// Names of card verification codes, without what separates their words.
constexpr absl::string_view kCodeNames[] = {
    "cvv",
    "cvv2",
    "cvc",
    "cvc2",
    "csc",
    "cvn",
    "cvd",
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
    "verificationcode",
    "verificationvalue",
    "verificationnumber",
    "cvv2code",
};

bool IsAlpha(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }
bool IsUpper(char c) { return absl::ascii_isupper(static_cast<unsigned char>(c)); }
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

// Where the name of a code ends that begins at the beginning of `text`; 0 when `name` does not.
size_t NameEnd(absl::string_view text, absl::string_view name) {
  size_t end = 0;
  for (const char c : name) {
    for (size_t gap = 0; end > 0 && gap < kMaxGap && end < text.size() && !IsAlnum(text[end]);
         ++gap) {
      ++end;
    }
    if (end == text.size() || absl::ascii_tolower(static_cast<unsigned char>(text[end])) != c) {
      return 0;
    }
    ++end;
  }
  return end;
}

// Whether a word ends before text[end], which is not its first character: "cvv2", "cvvMismatch".
bool EndsWord(absl::string_view text, size_t end) {
  return end == text.size() || !IsAlpha(text[end]) ||
         (IsUpper(text[end]) && !IsUpper(text[end - 1]));
}

// Whether nothing alphanumeric touches text[begin, end), or it is one word with a code's name.
bool CanBeCode(absl::string_view text, size_t begin, size_t end) {
  size_t word_begin = begin;
  size_t word_end = end;
  const auto is_short = [&] { return word_end - word_begin <= kMaxWordSize; };
  while (word_begin > 0 && IsAlnum(text[word_begin - 1]) && is_short()) --word_begin;
  while (word_end < text.size() && IsAlnum(text[word_end]) && is_short()) ++word_end;
  if (word_begin == begin && word_end == end) return true;
  return is_short() && MentionsCode(text.substr(word_begin, word_end - word_begin));
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
  return std::any_of(std::begin(kCodeNames), std::end(kCodeNames), [&](absl::string_view code) {
    return !name.empty() && NameEnd(name, code) == name.size();
  });
}

bool MentionsCode(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsAlpha(text[i]) || (i > 0 && IsAlnum(text[i - 1]))) continue;
    const absl::string_view rest = text.substr(i);
    for (const absl::string_view name : kCodeNames) {
      const size_t end = NameEnd(rest, name);
      if (end > 0 && EndsWord(rest, end)) return true;
    }
  }
  return false;
}

void FindCodes(const TextReading& reading, std::vector<TextRange>& found) {
  const absl::string_view text = reading.text();
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    size_t count = 0;
    while (const size_t size = DigitAt(text.substr(end)).size) {
      end += size;
      ++count;
    }
    if (count >= kMinCodeDigits && count <= kMaxCodeDigits && CanBeCode(text, begin, end)) {
      found.push_back(reading.PlaceOf(begin, end));
    }
    begin = std::max(end, begin + 1);
  }
}

}  // namespace cardvault
