#include "card/token.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr absl::string_view kLivePrefix = "tok_live_";
constexpr absl::string_view kTestPrefix = "tok_test_";
static_assert(kLivePrefix.size() == kTestPrefix.size());
constexpr size_t kTextSize = kLivePrefix.size() + (Token::kBinarySize * 8 + 4) / 5;

absl::string_view PrefixOf(VaultMode mode) {
  return mode == VaultMode::kProduction ? kLivePrefix : kTestPrefix;
}

// As long as a card number at least.
constexpr size_t kDigitRunLimit = 12;

bool HoldsDigitRun(absl::string_view text) {
  size_t run = 0;
  for (const char c : text) {
    run = c >= '0' && c <= '9' ? run + 1 : 0;
    if (run == kDigitRunLimit) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<Token> Token::Parse(absl::string_view text) {
  // One text for every failure, and the same as when no record is found.
  const absl::Status not_found = NotFound(ErrorReason::kTokenNotFound, "token not found");
  if (text.size() != kTextSize) return not_found;
  Token token;
  if (absl::StartsWith(text, kLivePrefix)) {
    token.mode_ = VaultMode::kProduction;
  } else if (absl::StartsWith(text, kTestPrefix)) {
    token.mode_ = VaultMode::kSandbox;
  } else {
    return not_found;
  }
  // Minted tokens hold no such run; a caller could write a card number into one.
  if (HoldsDigitRun(text)) return not_found;
  std::string binary;
  if (!DecodeBase32Lower(text.substr(kLivePrefix.size()), binary) || binary.size() != kBinarySize) {
    return not_found;
  }
  std::copy(binary.begin(), binary.end(), token.binary_.begin());
  token.text_ = std::string(text);
  return token;
}

Token Token::FromBinary(VaultMode mode, const std::array<char, kBinarySize>& binary) {
  Token token;
  token.mode_ = mode;
  token.binary_ = binary;
  token.text_ = std::string(PrefixOf(mode));
  token.text_.append(Base32Lower(token.binary()));
  return token;
}

}  // namespace cardvault
