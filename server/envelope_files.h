#ifndef CARDVAULT_SERVER_ENVELOPE_FILES_H_
#define CARDVAULT_SERVER_ENVELOPE_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "keys/custody/custody_creation.h"

namespace cardvault {

// Writes each sealed share to a file of its own, "<custodian's name>-<check value>.share", with
// mode 0600 and synced to the medium, and answers their paths in the custodians' order. Never over
// a file that is there: ALREADY_EXISTS. NOT_FOUND when the directory does not exist; UNAVAILABLE
// when it cannot be written. On an error nothing is left but what could not be removed.
absl::StatusOr<std::vector<std::string>> WriteEnvelopes(const NewCustody& custody,
                                                        const std::string& directory);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_ENVELOPE_FILES_H_
