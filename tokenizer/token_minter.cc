#include "tokenizer/token_minter.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "keys/mac_key.h"

namespace cardvault {
namespace {

constexpr absl::string_view kLabel = "cardvault token v1";
constexpr size_t kShortestPan = 12;

// The bytes that the MAC is over: version and random.
absl::string_view Body(absl::string_view binary) {
  return binary.substr(0, 1 + Token::kRandomSize);
}

bool HasLongDigitRun(absl::string_view text) {
  size_t run = 0;
  for (const char c : text) {
    run = absl::ascii_isdigit(static_cast<unsigned char>(c)) ? run + 1 : 0;
    if (run >= kShortestPan) return true;
  }
  return false;
}

Token Draw(const MacKey& mac, const MerchantId& merchant, VaultMode mode) {
  std::array<char, Token::kBinarySize> binary;
  binary[0] = static_cast<char>(mac.version());
  FillRandom(binary.data() + 1, Token::kRandomSize);
  const std::string tag = mac.Mac({kLabel, merchant.value(), Body({binary.data(), binary.size()})});
  std::copy_n(tag.begin(), Token::kMacSize, binary.begin() + 1 + Token::kRandomSize);
  return Token::FromBinary(mode, binary);
}

}  // namespace

absl::StatusOr<Token> TokenMinter::Mint(const Keyring& keyring, const MerchantId& merchant,
                                        VaultMode mode) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac,
                   keyring.ActiveMac(KeyPurpose::kTokenMac));
  if (mac->version() > std::numeric_limits<uint8_t>::max()) {
    return Internal(ErrorReason::kInternal, "the token-MAC key has no version left for a token");
  }
  // About one token in 10^8 is drawn again.
  while (true) {
    Token token = Draw(*mac, merchant, mode);
    if (!HasLongDigitRun(token.text())) return token;
  }
}

absl::Status TokenMinter::Verify(const Keyring& keyring, const MerchantId& merchant,
                                 const Token& token, VaultMode mode) {
  const absl::Status not_found = NotFound(ErrorReason::kTokenNotFound, "token not found");
  if (token.mode() != mode) return not_found;
  const absl::StatusOr<std::shared_ptr<const MacKey>> mac =
      keyring.MacVersion(KeyPurpose::kTokenMac, token.mac_key_version());
  if (!mac.ok()) return not_found;
  if (!(*mac)->Verify({kLabel, merchant.value(), Body(token.binary())}, token.mac())) {
    return not_found;
  }
  return absl::OkStatus();
}

}  // namespace cardvault
