#ifndef CARDVAULT_SERVER_STORED_CHANGE_H_
#define CARDVAULT_SERVER_STORED_CHANGE_H_

#include <cstdint>

#include "absl/time/time.h"
#include "cardvault/storage/v1/change_row.pb.h"
#include "server/change_state.h"

namespace cardvault {

// A change as the store has it. Thread-compatible.
struct StoredChange {
  storage::v1::ChangeRow row;
  storage::v1::ChangeContent content;  // of the row, parsed
  uint64_t revision = 0;

  ChangeState state() const { return static_cast<ChangeState>(row.state()); }
  absl::Time expire_time() const { return absl::FromUnixMicros(content.expire_micros()); }
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_STORED_CHANGE_H_
