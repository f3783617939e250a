#include "tokenizer/page_cursor.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "card/base32.h"
#include "keys/key_purpose.h"
#include "keys/mac_key.h"
#include "vault/records/index_keys.h"

namespace cardvault {
namespace {

constexpr absl::string_view kFormat = "\x01";
constexpr size_t kVersionSize = 4;
constexpr size_t kMacPrefixSize = 16;
constexpr size_t kBinarySize = 1 + kVersionSize + kListPositionSize + kMacPrefixSize;
// Nothing longer is even decoded.
constexpr size_t kTextSize = (kBinarySize * 8 + 4) / 5;

std::string FilterBytes(const TokenFilter& filter) {
  return LengthPrefixed({filter.customer.has_value() ? "1" : "0",
                         filter.customer.has_value() ? filter.customer->value() : "",
                         filter.fingerprint, filter.label_key, filter.label_value});
}

absl::Status BadCursor() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "page_token",
                         "not a page token of this merchant and filter");
}

}  // namespace

absl::StatusOr<std::string> PageCursor::Encode(const Keyring& keyring, const MerchantId& merchant,
                                               const TokenFilter& filter,
                                               absl::string_view position) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac, keyring.ActiveMac(KeyPurpose::kCursor));
  const std::string tag =
      mac->Mac({"cardvault token list cursor v1", merchant.value(), FilterBytes(filter), position});
  return Base32Lower(absl::StrCat(kFormat, BigEndian32(mac->version()), position,
                                  absl::string_view(tag).substr(0, kMacPrefixSize)));
}

absl::StatusOr<std::string> PageCursor::Decode(const Keyring& keyring, const MerchantId& merchant,
                                               const TokenFilter& filter,
                                               absl::string_view cursor) {
  std::string binary;
  if (cursor.size() != kTextSize || !DecodeBase32Lower(cursor, binary) ||
      binary.size() != kBinarySize) {
    return BadCursor();
  }
  const absl::string_view bytes = binary;
  if (bytes.substr(0, 1) != kFormat) return BadCursor();
  uint32_t version = 0;
  for (const char c : bytes.substr(1, kVersionSize)) {
    version = version << 8 | static_cast<unsigned char>(c);
  }
  const absl::StatusOr<std::shared_ptr<const MacKey>> mac =
      keyring.MacVersion(KeyPurpose::kCursor, version);
  if (!mac.ok()) return BadCursor();
  const absl::string_view position = bytes.substr(1 + kVersionSize, kListPositionSize);
  if (!(*mac)->Verify(
          {"cardvault token list cursor v1", merchant.value(), FilterBytes(filter), position},
          bytes.substr(kBinarySize - kMacPrefixSize))) {
    return BadCursor();
  }
  return std::string(position);
}

}  // namespace cardvault
