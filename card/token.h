#ifndef CARDVAULT_CARD_TOKEN_H_
#define CARDVAULT_CARD_TOKEN_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "card/base32.h"      // IWYU pragma: export
#include "card/vault_mode.h"  // IWYU pragma: export

namespace cardvault {

// A token's text: "tok_live_" or "tok_test_", then 34 characters of lower-case base32 (RFC 4648,
// no padding) over 21 bytes: version of the token-MAC key (1), random (16), truncated MAC (4).
// This type knows the form only; whether the MAC is right is for tokenizer's TokenMinter to say.
// Safe to log. Thread-compatible.
class Token final {
 public:
  static constexpr size_t kRandomSize = 16;
  static constexpr size_t kMacSize = 4;
  static constexpr size_t kBinarySize = 1 + kRandomSize + kMacSize;

  // NOT_FOUND, TOKEN_NOT_FOUND, for anything that has not this form: the same answer as for a
  // token that never was.
  static absl::StatusOr<Token> Parse(absl::string_view text);
  static Token FromBinary(VaultMode mode, const std::array<char, kBinarySize>& binary);

  const std::string& text() const { return text_; }
  VaultMode mode() const { return mode_; }
  uint8_t mac_key_version() const { return static_cast<uint8_t>(binary_[0]); }
  absl::string_view random() const { return {binary_.data() + 1, kRandomSize}; }
  absl::string_view mac() const { return {binary_.data() + 1 + kRandomSize, kMacSize}; }
  // The record's row key: all 21 bytes.
  absl::string_view binary() const { return {binary_.data(), kBinarySize}; }

  friend bool operator==(const Token& a, const Token& b) { return a.text_ == b.text_; }
  template <typename H>
  friend H AbslHashValue(H h, const Token& t) {
    return H::combine(std::move(h), t.text_);
  }
  friend absl::string_view SafeForLog(const Token& t) { return t.text_; }

 private:
  Token() = default;

  VaultMode mode_ = VaultMode::kSandbox;
  std::array<char, kBinarySize> binary_{};
  std::string text_;
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_TOKEN_H_
