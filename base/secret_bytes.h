#ifndef CARDVAULT_BASE_SECRET_BYTES_H_
#define CARDVAULT_BASE_SECRET_BYTES_H_

#include <cstddef>
#include <iosfwd>

#include "absl/strings/string_view.h"

namespace cardvault {

// Bytes that must not be seen: on the heap, cleansed when freed, move-only. A move steals the
// pointer, so moves leave no copies on stacks. There are no iterators, no operator[], no
// comparison, no printing and no hashing: the bytes are read through SecretBytesAccess
// (base/access), whose users are a listed few. Thread-compatible.
class SecretBytes final {
 public:
  SecretBytes() = default;
  static SecretBytes CopyOf(absl::string_view bytes);
  static SecretBytes Zeros(size_t size_bytes);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  // An explicit copy, so that copies can be searched for.
  SecretBytes Clone() const;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Cleanses and frees now.
  void Wipe();

  friend bool operator==(const SecretBytes&, const SecretBytes&) = delete;
  friend std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;
  template <typename S>
  friend void AbslStringify(S&, const SecretBytes&) = delete;
  template <typename H>
  friend H AbslHashValue(H, const SecretBytes&) = delete;
  friend void PrintTo(const SecretBytes&, std::ostream* os);  // for GoogleTest: prints no byte

 private:
  friend class SecretBytesAccess;

  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_BASE_SECRET_BYTES_H_
