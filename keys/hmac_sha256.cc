#include "keys/hmac_sha256.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <utility>

#include "base/check.h"
#include "keys/crypto_sizes.h"
#include "keys/key_material_access.h"

namespace cardvault {
namespace {

const unsigned char* Bytes(absl::string_view view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

EVP_MAC* Hmac() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);  // looked up once
  return mac;
}

}  // namespace

HmacSha256::HmacSha256(std::shared_ptr<const KeyMaterial> material)
    : material_(std::move(material)) {
  CV_CHECK(material_ != nullptr);
}

HmacSha256::~HmacSha256() = default;

HmacSha256::Slots::Owned HmacSha256::Keyed() const {
  Slots::Owned context = slots_.Take();
  if (context != nullptr) return context;
  EVP_MAC* const mac = Hmac();
  CV_CHECK(mac != nullptr);
  context.reset(EVP_MAC_CTX_new(mac));
  CV_CHECK(context != nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  const absl::string_view key = KeyMaterialAccess::View(*material_);
  CV_CHECK(EVP_MAC_init(context.get(), Bytes(key), key.size(), params) == 1);
  return context;
}

std::string HmacSha256::Compute(absl::Span<const absl::string_view> pieces) const {
  Slots::Owned context = Keyed();
  // Without a key: starts again under the one it has.
  CV_CHECK(EVP_MAC_init(context.get(), nullptr, 0, nullptr) == 1);
  for (const absl::string_view piece : pieces) {
    if (piece.empty()) continue;
    CV_CHECK(EVP_MAC_update(context.get(), Bytes(piece), piece.size()) == 1);
  }
  std::string mac(kMacSize, '\0');
  size_t size = 0;
  CV_CHECK(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(mac.data()), &size,
                         mac.size()) == 1 &&
           size == kMacSize);
  slots_.Put(std::move(context));
  return mac;
}

}  // namespace cardvault
