#include "tests/load/latencies.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace cardvault::testing {

void Latencies::AddAll(const Latencies& other) {
  all_.insert(all_.end(), other.all_.begin(), other.all_.end());
  sorted_ = false;
}

absl::Duration Latencies::Quantile(double share) const {
  CV_CHECK(!all_.empty() && share > 0 && share <= 1);
  if (!sorted_) std::sort(all_.begin(), all_.end());
  sorted_ = true;
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(all_.size())));
  return all_[std::max<size_t>(rank, 1) - 1];
}

double Latencies::QuantileMicros(double share) const {
  return absl::ToDoubleMicroseconds(Quantile(share));
}

Spread::Spread(std::vector<double> values) {
  CV_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  lowest = values.front();
  highest = values.back();
  median = (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

}  // namespace cardvault::testing
