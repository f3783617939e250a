#include "tests/load/timed_call.h"

#include <algorithm>

namespace cardvault::testing {

absl::Duration TookTogether(const std::vector<TimedCall>& calls) {
  if (calls.empty()) return absl::ZeroDuration();
  auto begin = calls.front().begin;
  auto end = calls.front().end;
  for (const TimedCall& call : calls) {
    begin = std::min(begin, call.begin);
    end = std::max(end, call.end);
  }
  return absl::FromChrono(end - begin);
}

}  // namespace cardvault::testing
