#ifndef CARDVAULT_BASE_ACCESS_SECRET_BUFFER_H_
#define CARDVAULT_BASE_ACCESS_SECRET_BUFFER_H_

#include <cstddef>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"

namespace cardvault {

// Builds a SecretBytes piece by piece (a request body, a string to sign). When it grows, the old
// block is cleansed. Not thread-safe.
class SecretBuffer final {
 public:
  SecretBuffer() = default;
  SecretBuffer(SecretBuffer&& other) noexcept;  // leaves `other` empty
  SecretBuffer& operator=(SecretBuffer&& other) noexcept;

  // `piece` may be a part of View().
  void Append(absl::string_view piece);
  void Append(char c);
  size_t size() const { return size_; }

  // What was appended so far; valid until the next call that is not const.
  absl::string_view View() const ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Gives the bytes away and leaves the buffer empty.
  SecretBytes Release();

 private:
  SecretBytes block_;  // capacity; the first size_ bytes are in use
  size_t size_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_BASE_ACCESS_SECRET_BUFFER_H_
