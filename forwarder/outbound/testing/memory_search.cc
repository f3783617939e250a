#include "forwarder/outbound/testing/memory_search.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>

#include "base/check.h"

namespace cardvault {
namespace {

constexpr unsigned char kMask = 0x5a;
constexpr size_t kWindow = size_t{1} << 20;

struct Mapping {
  uint64_t begin;
  uint64_t end;
};

std::vector<Mapping> WritableMappings() {
  std::vector<Mapping> result;
  std::FILE* const maps = std::fopen("/proc/self/maps", "r");
  CV_CHECK(maps != nullptr);
  char line[512];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    Mapping mapping{};
    char rights[5] = {};
    if (std::sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &mapping.begin, &mapping.end, rights) ==
            3 &&
        rights[0] == 'r' && rights[1] == 'w') {
      result.push_back(mapping);
    }
  }
  std::fclose(maps);
  return result;
}

}  // namespace

MaskedNeedle::MaskedNeedle(absl::string_view bytes) {
  CV_CHECK(!bytes.empty());
  for (const char c : bytes) masked_.push_back(static_cast<unsigned char>(c) ^ kMask);
}

unsigned char MaskedNeedle::first() const { return masked_[0] ^ kMask; }

bool MaskedNeedle::IsAt(const char* place) const {
  for (size_t i = 0; i < masked_.size(); ++i) {
    if ((static_cast<unsigned char>(place[i]) ^ kMask) != masked_[i]) return false;
  }
  return true;
}

size_t CountInOwnMemory(const std::vector<MaskedNeedle>& needles) {
  size_t longest = 0;
  std::array<bool, 256> is_first{};
  for (const MaskedNeedle& needle : needles) {
    longest = std::max(longest, needle.size());
    is_first[needle.first()] = true;
  }
  // Fenced, so that the copy that is searched is a mapping of its own, which is left out.
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t fenced = kWindow + 2 * page;
  void* const fence = mmap(nullptr, fenced, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CV_CHECK(fence != MAP_FAILED && longest < kWindow / 2);
  auto* const window = static_cast<char*>(fence) + page;
  CV_CHECK(mprotect(window, kWindow, PROT_READ | PROT_WRITE) == 0);
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  CV_CHECK(memory >= 0);
  const size_t step = kWindow - longest;  // what is cut by one window is whole in the next
  size_t found = 0;
  for (const Mapping& mapping : WritableMappings()) {
    if (mapping.begin == reinterpret_cast<uint64_t>(window)) continue;
    for (uint64_t at = mapping.begin; at < mapping.end; at += step) {
      const size_t wanted = std::min<uint64_t>(kWindow, mapping.end - at);
      const ssize_t read = pread(memory, window, wanted, static_cast<off_t>(at));
      if (read <= 0) break;  // a mapping that even its owner cannot read
      const auto size = static_cast<size_t>(read);
      for (size_t i = 0; i < std::min(size, step); ++i) {
        if (!is_first[static_cast<unsigned char>(window[i])]) continue;
        for (const MaskedNeedle& needle : needles) {
          if (i + needle.size() <= size && needle.IsAt(window + i)) ++found;
        }
      }
    }
  }
  close(memory);
  munmap(fence, fenced);
  return found;
}

}  // namespace cardvault
