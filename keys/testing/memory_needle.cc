#include "keys/testing/memory_needle.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "base/check.h"

namespace cardvault {
namespace {

constexpr uint64_t kMask = 0x3c96a5f00f5a69c3;

uint64_t Load(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

}  // namespace

MemoryNeedle::MemoryNeedle(absl::string_view bytes) {
  CV_CHECK(!bytes.empty() && bytes.size() % 8 == 0);
  for (size_t i = 0; i < bytes.size(); i += 8) words_.push_back(Load(bytes.data() + i) ^ kMask);
}

int MemoryNeedle::Count() const {
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

int MemoryNeedle::CountIn(const char* begin, size_t size) const {
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

}  // namespace cardvault
