#ifndef CARDVAULT_SERVER_CHANGE_STATE_H_
#define CARDVAULT_SERVER_CHANGE_STATE_H_

#include <cstdint>

namespace cardvault {

// Where a change under four eyes stands. The numbers are stored, and those of the API.
enum class ChangeState : uint32_t {
  kProposed = 1,
  kApplying = 2,  // approved; an effect of several commits is under way
  kApplied = 3,
  kFailed = 4,  // approved, and without effect
  kRejected = 5,
  kExpired = 6,
  kInterrupted = 7,  // the process ended while it was applying
};

// Not decided, or its effect not at its end.
inline bool IsOpen(ChangeState state) {
  return state == ChangeState::kProposed || state == ChangeState::kApplying;
}

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CHANGE_STATE_H_
