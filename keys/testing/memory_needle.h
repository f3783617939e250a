#ifndef CARDVAULT_KEYS_TESTING_MEMORY_NEEDLE_H_
#define CARDVAULT_KEYS_TESTING_MEMORY_NEEDLE_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cardvault {

// What a test searches for in its own memory, masked so that the search does not find itself. Its
// size is a multiple of 8. Thread-compatible.
class MemoryNeedle final {
 public:
  explicit MemoryNeedle(absl::string_view bytes) {
    EXPECT_EQ(bytes.size() % 8, 0u);
    for (size_t i = 0; i < bytes.size(); i += 8) {
      words_.push_back(Load(bytes.data() + i) ^ kMask);
    }
  }

  // How often it stands in memory that this process can write to: heaps, stacks, data.
  int Count() const {
    int count = 0;
    std::ifstream maps("/proc/self/maps");
    std::string line;
    while (std::getline(maps, line)) {
      uintptr_t from = 0;
      uintptr_t to = 0;
      char permissions[5] = "";
      if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, permissions) != 3) continue;
      if (permissions[0] != 'r' || permissions[1] != 'w') continue;
      if (absl::StrContains(line, "[v")) continue;  // vvar, vdso
      count += CountIn(reinterpret_cast<const char*>(from), to - from);
    }
    return count;
  }

 private:
  static constexpr uint64_t kMask = 0x3c96a5f00f5a69c3;

  static uint64_t Load(const char* p) {
    uint64_t word;
    std::memcpy(&word, p, sizeof(word));
    return word;
  }
  int CountIn(const char* begin, size_t size) const {
    int count = 0;
    const size_t needle_size = 8 * words_.size();
    for (size_t at = 0; at + needle_size <= size; ++at) {
      bool found = true;
      for (size_t w = 0; found && w < words_.size(); ++w) {
        found = (Load(begin + at + 8 * w) ^ kMask) == words_[w];
      }
      if (found) ++count;
    }
    return count;
  }

  std::vector<uint64_t> words_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_MEMORY_NEEDLE_H_
