#include "forwarder/store_retry.h"

#include <algorithm>
#include <iterator>

namespace cardvault {
namespace {

// The last one from then on.
constexpr absl::Duration kDelays[] = {absl::Milliseconds(20), absl::Milliseconds(100),
                                      absl::Milliseconds(500), absl::Seconds(2)};

}  // namespace

absl::Duration StoreRetryDelay(int failed_tries) {
  return kDelays[std::clamp<int>(failed_tries, 1, std::size(kDelays)) - 1];
}

}  // namespace cardvault
