#include "forwarder/outbound/response_firewall.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "card/access/pan_access.h"
#include "forwarder/outbound/binary_text_decoder.h"
#include "forwarder/outbound/card_spelling.h"
#include "forwarder/outbound/escape_decoder.h"
#include "forwarder/outbound/text_reading.h"
#include "forwarder/outbound/upstream_card_detector.h"

namespace cardvault {
namespace {

constexpr int kMaxLayers = 4;
// Honest texts have a handful of readings. More than this is an attempt to hide something, or to
// keep the loop busy.
constexpr size_t kMaxReadings = 64;
constexpr size_t kMaxReadingBytes = 8 * kMaxAnswerTextSize;  // of all behind the first
constexpr size_t kMaxNumberSize = 32;                        // more digits than a card number has
constexpr int kMaxExponent = 100'000;  // more than an answer's text can have digits

// A number with an exponent, written out: trailing zeros of a card number would go unseen
// otherwise. nullopt for any other text.
std::optional<TextReading> WriteOut(absl::string_view text) {
  const size_t e = text.find_first_of("eE");
  int exponent = 0;
  if (e == absl::string_view::npos || !absl::SimpleAtoi(text.substr(e + 1), &exponent)) {
    return std::nullopt;
  }
  const TextRange all = {0, static_cast<uint32_t>(text.size())};
  exponent = std::clamp(exponent, -kMaxExponent, kMaxExponent);
  TextReading digits;
  bool after_point = false;
  for (const char c : text.substr(0, e)) {
    if (c == '.') {
      after_point = true;
    } else if (c >= '0' && c <= '9') {
      digits.Append(c, all);
      if (after_point) --exponent;
    } else if (c != '-') {
      return std::nullopt;
    }
  }
  for (; exponent > 0 && digits.size() < kMaxNumberSize; --exponent) digits.Append('0', all);
  return digits;
}

bool IsKnown(const TextReading& reading, const std::vector<TextReading>& readings) {
  return std::any_of(readings.begin(), readings.end(),
                     [&](const TextReading& other) { return other.text() == reading.text(); });
}

// All readings of a text, itself first; empty when there are too many.
std::vector<TextReading> ReadingsOf(absl::string_view text) {
  std::vector<TextReading> readings;
  readings.push_back(TextReading::Of(text));
  if (auto number = WriteOut(text); number.has_value()) readings.push_back(*std::move(number));
  size_t bytes = 0;
  size_t layer_begin = 0;
  for (int layer = 0; layer < kMaxLayers; ++layer) {
    const size_t layer_end = readings.size();
    for (size_t i = layer_begin; i < layer_end; ++i) {
      std::vector<TextReading> decoded;
      DecodeEscapes(readings[i], decoded);
      DecodeBinaryText(readings[i], decoded);
      for (TextReading& reading : decoded) {
        if (IsKnown(reading, readings)) continue;
        bytes += reading.size();
        if (readings.size() == kMaxReadings || bytes > kMaxReadingBytes) return {};
        readings.push_back(std::move(reading));
      }
    }
    layer_begin = layer_end;
  }
  return readings;
}

struct Mask {
  TextRange range;
  absl::string_view text;
};

std::string Apply(absl::string_view text, std::vector<Mask> masks) {
  std::sort(masks.begin(), masks.end(),
            [](const Mask& a, const Mask& b) { return a.range.begin < b.range.begin; });
  std::string result;
  size_t done = 0;
  for (const Mask& mask : masks) {
    if (mask.range.end <= done) continue;
    // One that overlaps the last goes on where that ended, under the same mask.
    if (mask.range.begin >= done) {
      result.append(text.data() + done, mask.range.begin - done);
      result.append(mask.text.data(), mask.text.size());
    }
    done = mask.range.end;
  }
  result.append(text.data() + done, text.size() - done);
  return result;
}

bool IsUrl(absl::string_view text) {
  return absl::StartsWithIgnoreCase(text, "https:") || absl::StartsWithIgnoreCase(text, "http:");
}

}  // namespace

std::optional<std::string> ResponseFirewall::Pass(absl::string_view name, absl::string_view text) {
  if (text.size() > kMaxAnswerTextSize) {
    if (IsUrl(text)) return std::nullopt;
    return std::string(kTextRemoved.data(), kTextRemoved.size());
  }
  const TextRange all = {0, static_cast<uint32_t>(text.size())};
  std::vector<Mask> masks;
  const std::vector<TextReading> readings = ReadingsOf(text);
  if (readings.empty()) masks.push_back({all, kCardNumberRemoved});
  if (IsCodeName(name) && !text.empty()) masks.push_back({all, kCodeRemoved});
  const bool name_mentions_code = MentionsCode(name);
  for (const TextReading& reading : readings) {
    std::vector<TextRange> found;
    if (sent_pan_ != nullptr) {
      FindDigits(reading, sent_pan_->Reveal(PanAccess::Token()), found);
    } else if (HoldsCardNumberBesideUuids(reading.text())) {
      found.push_back(all);
    }
    for (const TextRange& range : found) masks.push_back({range, kCardNumberRemoved});
    found.clear();
    if (name_mentions_code || MentionsCode(reading.text())) FindCodes(reading, found);
    for (const TextRange& range : found) masks.push_back({range, kCodeRemoved});
  }
  if (masks.empty()) return std::string(text.data(), text.size());
  has_found_ = true;
  if (IsUrl(text)) return std::nullopt;
  return Apply(text, std::move(masks));
}

}  // namespace cardvault
