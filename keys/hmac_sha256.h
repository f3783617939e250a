#ifndef CARDVAULT_KEYS_HMAC_SHA256_H_
#define CARDVAULT_KEYS_HMAC_SHA256_H_

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "keys/context_slots.h"
#include "keys/key_material.h"

namespace cardvault {

// HMAC-SHA-256 (FIPS 198-1) over bytes as they are: the layer below MacKey, apart so that
// published vectors can be tested. A failure of OpenSSL, which without input errors can only be
// want of memory, ends the process: no caller can go on without its index keys. Thread-safe.
class HmacSha256 final {
 public:
  // `material` may have any size.
  explicit HmacSha256(std::shared_ptr<const KeyMaterial> material);
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;
  ~HmacSha256();

  // 32 bytes over the concatenation of `pieces`, which may be secret: nothing keeps them.
  std::string Compute(absl::Span<const absl::string_view> pieces) const;

 private:
  struct ContextDeleter {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  using Slots = ContextSlots<EVP_MAC_CTX, ContextDeleter>;

  Slots::Owned Keyed() const;

  const std::shared_ptr<const KeyMaterial> material_;
  mutable Slots slots_;  // provides its own synchronization
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_HMAC_SHA256_H_
