#include "sandbox/counted_post.h"

#include <cstdint>

namespace cardvault::sandbox {

CountedPost::~CountedPost() {
  const auto took = std::chrono::steady_clock::now() - begin_;
  book_.NoteHandling(id_, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
}

void CountedPost::Count(absl::string_view id) {
  id_ = std::string(id);
  book_.CountPost(id);
}

}  // namespace cardvault::sandbox
