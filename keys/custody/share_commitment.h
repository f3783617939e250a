#ifndef CARDVAULT_KEYS_CUSTODY_SHARE_COMMITMENT_H_
#define CARDVAULT_KEYS_CUSTODY_SHARE_COMMITMENT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"

namespace cardvault {

// What the vault keeps of a share, to know it again: SHA-256 over, each with its length in four
// bytes before it, "cardvault share commitment v1", KEK id, custodian, index (4 bytes, big-endian)
// and share. So a share is right for one KEK, one custodian and one place only. It says nothing of
// the share, which is 32 random bytes: to find one from it is to guess a key. INTERNAL (CRYPTO).
// Thread-safe.
absl::StatusOr<std::string> ShareCommitment(absl::string_view kek_id, absl::string_view custodian,
                                            uint32_t index, const SecretBytes& share);

// Whether two commitments are the same, in a time that does not tell where they differ.
bool SameCommitment(absl::string_view a, absl::string_view b);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_SHARE_COMMITMENT_H_
