#include "base/secret_bytes.h"

#include <openssl/crypto.h>

#include <cstring>
#include <ostream>
#include <utility>

#include "base/check.h"

namespace cardvault {

SecretBytes SecretBytes::Zeros(size_t size_bytes) {
  SecretBytes result;
  if (size_bytes == 0) return result;
  // Not the secure heap: its pool is fixed and returns null when it is spent. Keys go there, cards
  // do not.
  result.data_ = static_cast<char*>(OPENSSL_zalloc(size_bytes));
  CV_CHECK(result.data_ != nullptr);
  result.size_ = size_bytes;
  return result;
}

SecretBytes SecretBytes::CopyOf(absl::string_view bytes) {
  SecretBytes result = Zeros(bytes.size());
  if (!bytes.empty()) std::memcpy(result.data_, bytes.data(), bytes.size());
  return result;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Wipe();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { Wipe(); }

SecretBytes SecretBytes::Clone() const { return CopyOf(absl::string_view(data_, size_)); }

void SecretBytes::Wipe() {
  // What Truncate cut off was cleansed then, so size_ bytes are all that is left.
  OPENSSL_clear_free(data_, size_);
  data_ = nullptr;
  size_ = 0;
}

void PrintTo(const SecretBytes& bytes, std::ostream* os) {
  *os << "[" << bytes.size() << " secret bytes]";
}

}  // namespace cardvault
