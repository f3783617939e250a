#include "keys/key_state.h"

namespace cardvault {

bool CanEncrypt(KeyState state) { return state == KeyState::kActive; }

bool CanDecrypt(KeyState state) {
  return state == KeyState::kActive || state == KeyState::kDeactivated ||
         state == KeyState::kCompromised;
}

bool CanBecome(KeyState from, KeyState to) {
  switch (from) {
    case KeyState::kPreActive:
      return to == KeyState::kActive || to == KeyState::kCompromised || to == KeyState::kDestroyed;
    case KeyState::kActive:
      // Not destroyed: what it sealed a moment ago would be lost. It is replaced first.
      return to == KeyState::kDeactivated || to == KeyState::kCompromised;
    case KeyState::kDeactivated:
      return to == KeyState::kCompromised || to == KeyState::kDestroyed;
    case KeyState::kCompromised:
      return to == KeyState::kDestroyed;
    case KeyState::kDestroyed:
      return false;
  }
  return false;
}

absl::string_view StateName(KeyState state) {
  switch (state) {
    case KeyState::kPreActive:
      return "pre-active";
    case KeyState::kActive:
      return "active";
    case KeyState::kDeactivated:
      return "deactivated";
    case KeyState::kCompromised:
      return "compromised";
    case KeyState::kDestroyed:
      return "destroyed";
  }
  return "unknown";
}

}  // namespace cardvault
