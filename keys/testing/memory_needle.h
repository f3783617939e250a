#ifndef CARDVAULT_KEYS_TESTING_MEMORY_NEEDLE_H_
#define CARDVAULT_KEYS_TESTING_MEMORY_NEEDLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace cardvault {

// Bytes to be searched for in this process's own memory, masked so that the search does not find
// itself. Not under sanitizers, whose allocators and shadow memory it would search as well.
// Thread-compatible.
class MemoryNeedle final {
 public:
  // A multiple of 8 bytes.
  explicit MemoryNeedle(absl::string_view bytes);

  // How often it stands in memory that this process can write to: heaps, stacks, data.
  int Count() const;

 private:
  int CountIn(const char* begin, size_t size) const;

  std::vector<uint64_t> words_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_MEMORY_NEEDLE_H_
