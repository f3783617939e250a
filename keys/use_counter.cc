#include "keys/use_counter.h"

#include <limits>
#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// Far above any ceiling of a key, far below what int64_t holds.
constexpr uint64_t kMaxReserved = uint64_t{1} << 62;

int64_t Checked(uint64_t uses) {
  CV_CHECK(uses <= kMaxReserved);
  return static_cast<int64_t>(uses);
}

}  // namespace

UseCounter::UseCounter(uint64_t reserved, uint64_t low_water, std::function<void()> wake)
    : low_water_(Checked(low_water)), wake_(std::move(wake)), remaining_(Checked(reserved)) {}

absl::Status UseCounter::Take() {
  int64_t left = remaining_.load(std::memory_order_relaxed);
  do {
    if (left == kClosed) {
      return FailedPrecondition(ErrorReason::kVaultSealed, "the vault is sealed");
    }
    if (left == 0) {
      return ResourceExhausted(ErrorReason::kKeyLimit, "no use of the key is left");
    }
    // Weak: it may fail without cause, and then reads again.
  } while (!remaining_.compare_exchange_weak(left, left - 1, std::memory_order_relaxed));
  // One thread alone takes the use that reaches the mark.
  if (left - 1 == low_water_ && wake_) wake_();
  return absl::OkStatus();
}

void UseCounter::Add(uint64_t uses) {
  const int64_t more = Checked(uses);
  int64_t left = remaining_.load(std::memory_order_relaxed);
  do {
    if (left == kClosed) return;
    CV_CHECK(left <= std::numeric_limits<int64_t>::max() - more);
  } while (!remaining_.compare_exchange_weak(left, left + more, std::memory_order_relaxed));
}

uint64_t UseCounter::remaining() const {
  const int64_t left = remaining_.load(std::memory_order_relaxed);
  return left == kClosed ? 0 : static_cast<uint64_t>(left);
}

void UseCounter::Exhaust() {
  int64_t left = remaining_.load(std::memory_order_relaxed);
  do {
    if (left == kClosed) return;
  } while (!remaining_.compare_exchange_weak(left, 0, std::memory_order_relaxed));
}

uint64_t UseCounter::Close() {
  const int64_t left = remaining_.exchange(kClosed, std::memory_order_acq_rel);
  return left == kClosed ? 0 : static_cast<uint64_t>(left);
}

}  // namespace cardvault
