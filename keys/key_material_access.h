#ifndef CARDVAULT_KEYS_KEY_MATERIAL_ACCESS_H_
#define CARDVAULT_KEYS_KEY_MATERIAL_ACCESS_H_

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "keys/key_material.h"

namespace cardvault {

// Reads the bytes of a key. Visible inside `keys` alone. A view lives no longer than its material
// and goes into OpenSSL or into SecretBytes, nowhere else.
class KeyMaterialAccess final {
 public:
  static absl::string_view View(const KeyMaterial& material ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    return absl::string_view(material.data_, material.size_);
  }
  static void View(const KeyMaterial&&) = delete;  // no view of a temporary
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEY_MATERIAL_ACCESS_H_
