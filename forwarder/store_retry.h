#ifndef CARDVAULT_FORWARDER_STORE_RETRY_H_
#define CARDVAULT_FORWARDER_STORE_RETRY_H_

#include "absl/time/time.h"

namespace cardvault {

// How long to leave a store alone that has failed `failed_tries` times, from 1: a hiccup is over
// in milliseconds, and a broken device is not asked more than every 2 s by each that waits.
absl::Duration StoreRetryDelay(int failed_tries);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_STORE_RETRY_H_
