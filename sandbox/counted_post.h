#ifndef CARDVAULT_SANDBOX_COUNTED_POST_H_
#define CARDVAULT_SANDBOX_COUNTED_POST_H_

#include <chrono>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/order_book.h"

namespace cardvault::sandbox {

// One payment request while its handler is at work: counted once its id is known, and timed until
// this object dies, so that a benchmark can take the gateway's own time off an answer's. Begin a
// handler with it. Not thread-safe.
class CountedPost {
 public:
  // `book` must outlive this object.
  explicit CountedPost(OrderBook& book) : book_(book), begin_(std::chrono::steady_clock::now()) {}
  CountedPost(const CountedPost&) = delete;
  CountedPost& operator=(const CountedPost&) = delete;
  ~CountedPost();

  // `id` as OrderBook::CountPost takes it. Call it once.
  void Count(absl::string_view id);

 private:
  OrderBook& book_;
  const std::chrono::steady_clock::time_point begin_;
  std::string id_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_COUNTED_POST_H_
