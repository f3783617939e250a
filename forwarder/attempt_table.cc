#include "forwarder/attempt_table.h"

#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::Status AttemptTable::Enter(const MerchantId& merchant, const std::string& payment,
                                 const std::string& terms, absl::FunctionRef<Lease()> lease) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(payment);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    if (entry.stage != Stage::kEntering || entry.terms != terms) {
      return Aborted(ErrorReason::kInProgress, "the payment is on its way: ask GetPayment");
    }
    ++entry.callers;
    return absl::OkStatus();
  }
  const auto count = counts_.find(merchant.value());
  if (count != counts_.end() && count->second >= kMaxAttemptsPerMerchant) {
    return ResourceExhausted(ErrorReason::kLimit,
                             "too many payments of this merchant are under way: try again later");
  }
  ASSIGN_OR_RETURN(std::optional<CvvLease> taken, lease());
  ++counts_[merchant.value()];
  Entry& entry = entries_[payment];
  entry.merchant = merchant.value();
  entry.callers = 1;
  entry.terms = terms;
  entry.lease = std::move(taken);
  return absl::OkStatus();
}

std::optional<CvvLease> AttemptTable::BeginSending(const std::string& payment) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(payment);
  CV_CHECK(found != entries_.end() && found->second.stage == Stage::kEntering);
  found->second.stage = Stage::kSending;
  --found->second.callers;
  return std::exchange(found->second.lease, std::nullopt);
}

void AttemptTable::Leave(const std::string& payment) {
  absl::MutexLock lock(&mutex_);
  --entries_.at(payment).callers;
  EraseIfOver(payment);
}

void AttemptTable::EndSending(const std::string& payment) {
  absl::MutexLock lock(&mutex_);
  entries_.at(payment).stage = Stage::kSent;
  EraseIfOver(payment);
}

int64_t AttemptTable::size() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int64_t>(entries_.size());
}

void AttemptTable::EraseIfOver(const std::string& payment) {
  const auto found = entries_.find(payment);
  Entry& entry = found->second;
  if (entry.callers > 0 || entry.stage == Stage::kSending) return;
  if (entry.lease.has_value()) entry.lease->GiveBack();
  const auto count = counts_.find(entry.merchant);
  if (--count->second == 0) counts_.erase(count);
  entries_.erase(found);
}

}  // namespace cardvault
