#ifndef CARDVAULT_KEYS_KEY_STATE_H_
#define CARDVAULT_KEYS_KEY_STATE_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace cardvault {

// NIST SP 800-57 part 1 r5, section 7. The numbers are stored.
enum class KeyState : uint32_t {
  kPreActive = 1,
  kActive = 2,       // encrypts and decrypts; one version of a purpose
  kDeactivated = 3,  // decrypts
  kCompromised = 4,  // decrypts, until what it protects is re-encrypted
  kDestroyed = 5,    // the bytes are gone
};

bool CanEncrypt(KeyState state);
bool CanDecrypt(KeyState state);
// The state machine: forward only; kDestroyed is an end.
bool CanBecome(KeyState from, KeyState to);
absl::string_view StateName(KeyState state);  // "deactivated"
inline absl::string_view SafeForLog(KeyState state) { return StateName(state); }

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEY_STATE_H_
