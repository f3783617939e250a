#ifndef CARDVAULT_KEYS_MAC_KEY_H_
#define CARDVAULT_KEYS_MAC_KEY_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "keys/crypto_sizes.h"  // IWYU pragma: export

namespace cardvault {

class HmacSha256;
class KeyMaterial;

// One version of an HMAC-SHA-256 key (FIPS 198-1). Thread-safe.
class MacKey final {
 public:
  MacKey(uint32_t version, std::shared_ptr<const KeyMaterial> material);
  MacKey(const MacKey&) = delete;
  MacKey& operator=(const MacKey&) = delete;
  ~MacKey();

  uint32_t version() const { return version_; }

  // 32 bytes over the parts, each preceded by its length as four bytes big-endian, so that no two
  // lists of parts agree. Streams them: parts may be secret. The first part names the use
  // ("cardvault token v1") so that one key's outputs for two uses never meet.
  std::string Mac(std::initializer_list<absl::string_view> parts) const;
  std::string Mac(absl::Span<const absl::string_view> parts) const;

  // Whether `expected` is the MAC or its first bytes, at least kMinVerifiedMacSize of them;
  // compares in constant time.
  bool Verify(std::initializer_list<absl::string_view> parts, absl::string_view expected) const;

 private:
  const uint32_t version_;
  const std::unique_ptr<const HmacSha256> hmac_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_MAC_KEY_H_
