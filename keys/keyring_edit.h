#ifndef CARDVAULT_KEYS_KEYRING_EDIT_H_
#define CARDVAULT_KEYS_KEYRING_EDIT_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keys/kek_provider.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring_change.h"
#include "keys/keyring_document.h"

namespace cardvault {

// The changes of a keyring's states, each on a copy of the document that is then saved. The
// revision is the caller's. All may be called from any thread.

// The limits of a purpose's versions.
using LimitsOf = absl::FunctionRef<VersionLimits(KeyPurpose)>;

// Appends the next version of each purpose as active; the one before of a purpose is deactivated,
// unless a caller has marked it already. Errors as NewKeyringEntry.
absl::Status ActivateNext(const std::vector<KeyPurpose>& purposes, LimitsOf limits_of,
                          absl::Time now, KekProvider& kek, KeyringDocument& document,
                          KeyringChange& change);

// Null when there is no such version.
KeyringDocument::Entry* FindVersion(KeyringDocument& document, KeyPurpose purpose,
                                    uint32_t version);

// Whether a version may be destroyed: FAILED_PRECONDITION (KEY_STATE) when it encrypts, or is
// destroyed; NOT_FOUND when there is none.
absl::Status CheckDestroyable(KeyringDocument& document, KeyPurpose purpose, uint32_t version);

// Enters the end of a version: its wrapped bytes leave the document. It must be destroyable.
void Destroy(KeyPurpose purpose, uint32_t version, const DestructionProof& proof,
             KeyringDocument& document, KeyringChange& change);

// Enters that a KEK of before was found at `place` and is deleted there from now on. NOT_FOUND when
// the document knows none of that check value; FAILED_PRECONDITION (KEY_STATE) when it wraps the
// keyring now, or is entered as gone already.
absl::Status BeginKekDestruction(absl::string_view check_value, absl::string_view place,
                                 KeyringDocument& document, KeyringChange& change);

// Enters that a KEK of before is gone. Errors as BeginKekDestruction.
absl::Status DestroyKek(absl::string_view check_value, absl::Time now, KeyringDocument& document,
                        KeyringChange& change);

// Whether `stored` can have come of `open`: further versions behind those of `open`, which have
// more reserved uses, or a later state, and are the same else.
bool CameOf(const KeyringDocument& open, const KeyringDocument& stored);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_EDIT_H_
