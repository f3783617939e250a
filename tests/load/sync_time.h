#ifndef CARDVAULT_TESTS_LOAD_SYNC_TIME_H_
#define CARDVAULT_TESTS_LOAD_SYNC_TIME_H_

#include <string>

#include "absl/time/time.h"

namespace cardvault::testing {

// How long the disk below `directory` takes to make one small append durable (fdatasync), the
// middle of some tries: what a commit cannot be faster than. Dies when it cannot write there.
absl::Duration SyncTime(const std::string& directory);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_SYNC_TIME_H_
