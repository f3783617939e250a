#include "base/check.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace cardvault::internal {

void CheckFailed(const char* file, int line) {
  // No allocation and no stdio buffer: the heap may be what is broken.
  char text[256];
  const int size = std::snprintf(text, sizeof(text), "check failed at %s:%d\n", file, line);
  if (size > 0) {
    const size_t length = size < static_cast<int>(sizeof(text)) ? size : sizeof(text) - 1;
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, length);
  }
  std::abort();
}

}  // namespace cardvault::internal
