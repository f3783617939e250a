#ifndef CARDVAULT_KEYS_KEY_MATERIAL_H_
#define CARDVAULT_KEYS_KEY_MATERIAL_H_

#include <cstddef>
#include <iosfwd>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// The process's heap for keys: OpenSSL's secure heap, which is locked in memory, stands between
// guard pages, is left out of core dumps and is cleansed on free. Its size cannot change once it
// is made. A key takes 32 bytes, so a keyring of 1,000 versions takes 32 KiB. OpenSSL puts the
// private keys of TLS there too, among them one of 32 bytes for each handshake under way, which is
// what the rest of the megabyte is for. It fits eight times into Debian's default RLIMIT_MEMLOCK
// of 8 MiB.
//
// What OpenSSL makes of a key to work with (AES schedules, HMAC states) stands in its ordinary
// heap: cleansed on free, but locked only when the whole process is.
inline constexpr size_t kKeyHeapSize = size_t{1} << 20;

// The bytes of one key, in the key heap. Immutable; there is no way to copy or print them, and
// they are read through KeyMaterialAccess, which only `keys` can name. Thread-safe.
class KeyMaterial final {
 public:
  // kKeySize random bytes from OpenSSL's DRBG for private values (K4). RESOURCE_EXHAUSTED (LIMIT)
  // when the key heap is full or cannot be locked.
  static absl::StatusOr<std::shared_ptr<const KeyMaterial>> Generate();

  // A copy in the key heap; the caller wipes its own. `bytes` is not empty. Errors as Generate.
  static absl::StatusOr<std::shared_ptr<const KeyMaterial>> CopyOf(absl::string_view bytes);

  KeyMaterial(const KeyMaterial&) = delete;
  KeyMaterial& operator=(const KeyMaterial&) = delete;
  ~KeyMaterial();

  size_t size() const { return size_; }

  friend bool operator==(const KeyMaterial&, const KeyMaterial&) = delete;
  friend std::ostream& operator<<(std::ostream&, const KeyMaterial&) = delete;
  template <typename S>
  friend void AbslStringify(S&, const KeyMaterial&) = delete;
  template <typename H>
  friend H AbslHashValue(H, const KeyMaterial&) = delete;
  friend void PrintTo(const KeyMaterial&, std::ostream* os);  // for GoogleTest: prints no byte

 private:
  friend class KeyMaterialAccess;

  KeyMaterial(char* data, size_t size) : data_(data), size_(size) {}
  static absl::StatusOr<std::unique_ptr<KeyMaterial>> Allocate(size_t size_bytes);

  char* const data_;
  const size_t size_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEY_MATERIAL_H_
