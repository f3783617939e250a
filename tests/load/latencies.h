#ifndef CARDVAULT_TESTS_LOAD_LATENCIES_H_
#define CARDVAULT_TESTS_LOAD_LATENCIES_H_

#include <cstddef>
#include <vector>

#include "absl/time/time.h"

namespace cardvault::testing {

// How long calls took. All are kept: a load has thousands, not millions. Not thread-safe.
class Latencies final {
 public:
  void Add(absl::Duration took) { sorted_ = false, all_.push_back(took); }
  void AddAll(const Latencies& other);

  size_t count() const { return all_.size(); }

  // The smallest of them that at least `share` (above 0, at most 1) of all do not exceed: nearest
  // rank, no interpolation. There must be one.
  absl::Duration Quantile(double share) const;

  // The same in microseconds.
  double QuantileMicros(double share) const;

 private:
  mutable std::vector<absl::Duration> all_;
  mutable bool sorted_ = false;
};

// Of numbers of some rounds: the middle one (of an even count the mean of the two in the middle),
// the lowest and the highest. There must be one.
struct Spread {
  explicit Spread(std::vector<double> values);

  double median = 0;
  double lowest = 0;
  double highest = 0;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_LATENCIES_H_
