#include "vault/page_cursor.h"

#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "card/base32.h"
#include "keys/key_purpose.h"
#include "keys/mac_key.h"

namespace cardvault {
namespace {

constexpr absl::string_view kFormat = "\x01";
constexpr size_t kVersionSize = 4;
constexpr size_t kMacPrefixSize = 16;
constexpr size_t kOverheadSize = 1 + kVersionSize + kMacPrefixSize;

std::string Title(const PageScope& scope) {
  return absl::StrCat("cardvault ", scope.listing, " list cursor v1");
}

absl::Status BadCursor() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "page_token",
                         "not a page token of this merchant and filter");
}

}  // namespace

absl::StatusOr<std::string> PageCursor::Encode(const Keyring& keyring, const PageScope& scope,
                                               absl::string_view position) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac, keyring.ActiveMac(KeyPurpose::kCursor));
  const std::string tag = mac->Mac({Title(scope), scope.merchant.value(), scope.filter, position});
  return Base32Lower(absl::StrCat(kFormat, BigEndian32(mac->version()), position,
                                  absl::string_view(tag).substr(0, kMacPrefixSize)));
}

absl::StatusOr<std::string> PageCursor::Decode(const Keyring& keyring, const PageScope& scope,
                                               size_t position_size, absl::string_view cursor) {
  const size_t binary_size = kOverheadSize + position_size;
  std::string binary;
  // Nothing longer is even decoded.
  if (cursor.size() != (binary_size * 8 + 4) / 5 || !DecodeBase32Lower(cursor, binary) ||
      binary.size() != binary_size) {
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
  const absl::string_view position = bytes.substr(1 + kVersionSize, position_size);
  if (!(*mac)->Verify({Title(scope), scope.merchant.value(), scope.filter, position},
                      bytes.substr(binary_size - kMacPrefixSize))) {
    return BadCursor();
  }
  return std::string(position);
}

}  // namespace cardvault
