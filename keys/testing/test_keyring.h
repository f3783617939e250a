#ifndef CARDVAULT_KEYS_TESTING_TEST_KEYRING_H_
#define CARDVAULT_KEYS_TESTING_TEST_KEYRING_H_

#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"

namespace cardvault {

// A keyring with `version_count` versions of every purpose: the newest is active, the others are
// deactivated. Its keys are a function of vault id, purpose and version, so that two keyrings of
// one vault id open each other's bytes; they are not counted and not secret.
std::shared_ptr<const Keyring> MakeTestKeyring(absl::string_view vault_id,
                                               uint32_t version_count = 1);

// The same keyring with every version of `purpose` up to `last_destroyed` destroyed.
std::shared_ptr<const Keyring> MakeTestKeyringWithDestroyed(absl::string_view vault_id,
                                                            uint32_t version_count,
                                                            KeyPurpose purpose,
                                                            uint32_t last_destroyed);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_TEST_KEYRING_H_
