#include "reencryption/credential_mover.h"

#include "forwarder/credential_rows.h"

namespace cardvault {

absl::StatusOr<bool> CredentialMover::Move(const Keyring& keyring, const KeyedRow& row,
                                           WriteSet& set) const {
  return CredentialRows::Reseal(keyring, row, set);
}

// A row that does not open may stand under a key that is no route's name either.
std::string CredentialMover::ObjectOf(const KeyedRow&) const { return ""; }

}  // namespace cardvault
