#include "card/free_text.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/utf8.h"
#include "card/brand.h"
#include "card/luhn.h"

namespace cardvault {
namespace {

constexpr size_t kMinDigits = 12;
constexpr size_t kMaxDigits = 19;
constexpr size_t kMaxPhoneSize = 20;
constexpr size_t kMaxPhoneDigits = 15;
// What texts are full of joins digits only behind a group as long as cards have.
constexpr size_t kMinGroupBeforeWeakSeparator = 4;
constexpr size_t kMaxTagSize = 32;  // bytes of a mark-up tag

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// One character of a text, or one end of a line, as far as this file needs to know it.
struct Character {
  enum class Kind { kDigit, kSeparator, kWeakSeparator, kLineEnd, kControl, kOther } kind;
  char digit;   // '0' to '9' when kind is kDigit
  size_t size;  // in bytes, at least 1
  bool valid;   // UTF-8
};

Character::Kind KindOfAscii(unsigned char c) {
  using Kind = Character::Kind;
  if (c == ' ' || c == '-') return Kind::kSeparator;
  if (c >= '\n' && c <= '\r') return Kind::kLineEnd;
  if (absl::ascii_iscntrl(c)) return Kind::kControl;
  // A plus stands before the offset of a time and the country of a telephone number.
  return absl::ascii_ispunct(c) && c != '+' ? Kind::kWeakSeparator : Kind::kOther;
}

Character FirstCharacter(absl::string_view text) {
  using Kind = Character::Kind;
  const char first = text[0];
  if (IsDigit(first)) return {Kind::kDigit, first, 1, true};
  if (absl::StartsWith(text, "\r\n")) return {Kind::kLineEnd, 0, 2, true};
  const size_t size = Utf8SequenceSize(text);
  if (size == 0) return {Kind::kOther, 0, 1, false};
  if (size == 1) return {KindOfAscii(static_cast<unsigned char>(first)), 0, 1, true};
  uint32_t point = static_cast<unsigned char>(first) & (0xff >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  for (const uint32_t zero : {0x0660u, 0x06f0u, 0xff10u}) {  // Arabic-Indic twice, full-width
    if (point >= zero && point <= zero + 9) {
      return {Kind::kDigit, static_cast<char>('0' + (point - zero)), size, true};
    }
  }
  // With what shows nothing: joiners, directions.
  const bool is_space = point == 0x00a0 || (point >= 0x2000 && point <= 0x200f) ||
                        (point >= 0x2028 && point <= 0x202f) ||
                        (point >= 0x205f && point <= 0x206f) || point == 0x3000 || point == 0xfeff;
  const bool is_dash =
      point == 0x00ad || (point >= 0x2010 && point <= 0x2015) || point == 0x2212 || point == 0xff0d;
  if (is_space || is_dash) return {Kind::kSeparator, 0, size, true};
  if (point == 0x85) return {Kind::kLineEnd, 0, size, true};
  return {point <= 0x9f ? Kind::kControl : Kind::kOther, 0, size, true};
}

// The size of the mark-up tag at the beginning of `text`; 0 when there is none.
size_t TagSize(absl::string_view text) {
  if (text.size() < 3 || text[0] != '<') return 0;
  const bool is_name = absl::ascii_isalpha(static_cast<unsigned char>(text[1]));
  if (!is_name && text[1] != '/' && text[1] != '!') return 0;
  const size_t end = text.substr(0, kMaxTagSize).find('>');
  return end == absl::string_view::npos ? 0 : end + 1;
}

// The last digits of a run, as they come. Cleanses itself: they may be a card's.
class DigitWindow final {
 public:
  ~DigitWindow() { OPENSSL_cleanse(digits_, sizeof(digits_)); }

  void Clear() { size_ = 0; }

  // True when with `digit` some stretch that ends here is a card number.
  bool AddAndTest(char digit) {
    if (size_ == kMaxDigits) {
      std::copy(digits_ + 1, digits_ + kMaxDigits, digits_);
      --size_;
    }
    digits_[size_++] = digit;
    // Luhn from the end: one walk gives the sums of all lengths.
    int sum = 0;
    for (size_t length = 1; length <= size_; ++length) {
      const int value = digits_[size_ - length] - '0';
      const int twice = 2 * value;
      sum += length % 2 == 1 ? value : twice > 9 ? twice - 9 : twice;
      if (length >= kMinDigits && sum % 10 == 0 &&
          InKnownIssuerRange(absl::string_view(digits_ + size_ - length, length))) {
        return true;
      }
    }
    return false;
  }

 private:
  char digits_[kMaxDigits];
  size_t size_ = 0;
};

// Follows the runs of digits of a text.
class DigitRun final {
 public:
  // True when with `digit` the run holds a card number.
  bool AddAndTest(char digit) {
    if (gap_ != Gap::kNone) group_size_ = 0;
    gap_ = Gap::kNone;
    ++group_size_;
    return window_.AddAndTest(digit);
  }

  void AddSeparator() {
    if (gap_ == Gap::kWeak) End();
    if (gap_ == Gap::kNone) gap_ = Gap::kBlank;
  }

  // Alone between two groups.
  void AddWeakSeparator() {
    if (gap_ != Gap::kNone || IsGroupShort()) {
      End();
    } else {
      gap_ = Gap::kWeak;
    }
  }

  // Beside blanks and other tags.
  void AddTag() {
    if (gap_ == Gap::kWeak || IsGroupShort()) {
      End();
    } else {
      gap_ = Gap::kTags;
    }
  }

  void End() {
    window_.Clear();
    group_size_ = 0;
    gap_ = Gap::kNone;
  }

 private:
  // What stands behind the last digit so far.
  enum class Gap { kNone, kBlank, kWeak, kTags };

  bool IsGroupShort() const { return group_size_ < kMinGroupBeforeWeakSeparator; }

  DigitWindow window_;
  size_t group_size_ = 0;  // digits that touch each other, up to the last one
  Gap gap_ = Gap::kNone;
};

bool HoldsCardNumberAs(absl::string_view text, bool has_tags) {
  DigitRun run;
  while (!text.empty()) {
    if (const size_t size = has_tags ? TagSize(text) : 0; size > 0) {
      run.AddTag();
      text.remove_prefix(size);
      continue;
    }
    const Character character = FirstCharacter(text);
    text.remove_prefix(character.size);
    switch (character.kind) {
      case Character::Kind::kDigit:
        if (run.AddAndTest(character.digit)) return true;
        break;
      case Character::Kind::kSeparator:
      case Character::Kind::kControl:
        run.AddSeparator();
        break;
      case Character::Kind::kWeakSeparator:
      case Character::Kind::kLineEnd:
        run.AddWeakSeparator();
        break;
      case Character::Kind::kOther:
        run.End();
        break;
    }
  }
  return false;
}

}  // namespace

bool HoldsCardNumber(absl::string_view text) {
  // Twice, because a number may also stand inside of what reads like a tag.
  return HoldsCardNumberAs(text, /*has_tags=*/false) ||
         (text.find('<') != absl::string_view::npos && HoldsCardNumberAs(text, /*has_tags=*/true));
}

bool LooksLikeTrackData(absl::string_view text) {
  // Around a stretch of 12 to 19 digits: track 1 has the format code B in front and ^ behind, and
  // American Express puts spaces between; track 2 has = behind, or D in its hexadecimal form, and
  // then the expiry. The sentinels % and ; are not asked for: readers drop them.
  for (size_t begin = 0; begin < text.size(); ++begin) {
    if (!IsDigit(text[begin]) || (begin > 0 && IsDigit(text[begin - 1]))) continue;
    const bool after_format_code = begin > 0 && (text[begin - 1] == 'B' || text[begin - 1] == 'b');
    size_t digits = 0;
    size_t end = begin;
    while (end < text.size() && digits <= kMaxDigits &&
           (IsDigit(text[end]) || (after_format_code && text[end] == ' '))) {
      if (IsDigit(text[end])) ++digits;
      ++end;
    }
    if (digits < kMinDigits || digits > kMaxDigits || end == text.size()) continue;
    if (after_format_code && text[end] == '^') return true;
    if (text[end] == '=' || text[end] == 'D' || text[end] == 'd') {
      const absl::string_view expiry = text.substr(end + 1, 4);
      if (expiry.size() == 4 && std::all_of(expiry.begin(), expiry.end(), IsDigit)) return true;
    }
  }
  return false;
}

absl::Status CheckFreeText(absl::string_view text, size_t max_size_bytes, FieldName field) {
  if (text.size() > max_size_bytes) {
    return InvalidArgument(ErrorReason::kTextInvalid, field, "this text is too long");
  }
  for (absl::string_view rest = text; !rest.empty();) {
    const Character character = FirstCharacter(rest);
    if (!character.valid) {
      return InvalidArgument(ErrorReason::kTextInvalid, field, "this text is not UTF-8");
    }
    if (character.kind == Character::Kind::kControl ||
        character.kind == Character::Kind::kLineEnd) {
      return InvalidArgument(ErrorReason::kTextInvalid, field,
                             "this text holds a control character");
    }
    rest.remove_prefix(character.size);
  }
  if (LooksLikeTrackData(text)) {
    return InvalidArgument(ErrorReason::kSadRefused, field,
                           "this text looks like magnetic-stripe data, which is never taken");
  }
  if (HoldsCardNumber(text)) {
    return InvalidArgument(ErrorReason::kTextInvalid, field,
                           "this text holds a card number: card numbers go to Tokenize only");
  }
  return absl::OkStatus();
}

absl::Status CheckPhone(absl::string_view text, FieldName field) {
  const absl::Status malformed =
      InvalidArgument(ErrorReason::kFieldInvalid, field,
                      "a telephone number has at most 15 digits and 20 characters: digits, "
                      "spaces, - ( ) and a + in front");
  if (text.size() > kMaxPhoneSize) return malformed;
  size_t digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsDigit(c)) {
      ++digits;
    } else if (c != ' ' && c != '-' && c != '(' && c != ')' && !(c == '+' && i == 0)) {
      return malformed;
    }
  }
  if (digits > kMaxPhoneDigits || (digits == 0 && !text.empty())) return malformed;
  if (digits < kMinDigits || text[0] == '+') return absl::OkStatus();

  // As a whole, unlike in free text: a stretch of a telephone number is nothing.
  char number[kMaxPhoneDigits];
  std::copy_if(text.begin(), text.end(), number, IsDigit);
  const absl::string_view all(number, digits);
  const bool is_card = InKnownIssuerRange(all) && PassesLuhn(all);
  OPENSSL_cleanse(number, sizeof(number));
  if (is_card) {
    return InvalidArgument(ErrorReason::kFieldInvalid, field,
                           "this is a card number: a telephone number that looks like one is "
                           "written with + and the country code");
  }
  return absl::OkStatus();
}

}  // namespace cardvault
