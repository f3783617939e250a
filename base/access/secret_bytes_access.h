#ifndef CARDVAULT_BASE_ACCESS_SECRET_BYTES_ACCESS_H_
#define CARDVAULT_BASE_ACCESS_SECRET_BYTES_ACCESS_H_

#include <cstddef>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/secret_bytes.h"

namespace cardvault {

// Reads and writes the bytes of a SecretBytes. This header's visibility is the list of packages
// that may (base/access/USERS, pinned by a check). A view lives no longer than its SecretBytes and
// is never copied into anything that is not secret itself.
class SecretBytesAccess final {
 public:
  static absl::string_view View(const SecretBytes& bytes ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    return absl::string_view(bytes.data_, bytes.size_);
  }
  static void View(const SecretBytes&&) = delete;  // no view of a temporary
  static absl::Span<char> Mutable(SecretBytes& bytes ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    return absl::Span<char>(bytes.data_, bytes.size_);
  }
  // Cuts to `size_bytes` (not more than now); what is cut off is cleansed.
  static void Truncate(SecretBytes& bytes, size_t size_bytes);
};

}  // namespace cardvault

#endif  // CARDVAULT_BASE_ACCESS_SECRET_BYTES_ACCESS_H_
