#include "forwarder/outbound/upstream_card_detector.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "card/free_text.h"

namespace cardvault {
namespace {

constexpr size_t kUuidSize = 36;

// 8-4-4-4-12 digits of hex at the beginning of `text`.
bool BeginsWithUuid(absl::string_view text) {
  if (text.size() < kUuidSize) return false;
  for (size_t i = 0; i < kUuidSize; ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool HoldsCardNumberBesideUuids(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (!BeginsWithUuid(text.substr(i))) {
      ++i;
      continue;
    }
    if (HoldsCardNumber(text.substr(0, i))) return true;
    text.remove_prefix(i + kUuidSize);
    i = 0;
  }
  return HoldsCardNumber(text);
}

}  // namespace cardvault
