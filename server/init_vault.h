#ifndef CARDVAULT_SERVER_INIT_VAULT_H_
#define CARDVAULT_SERVER_INIT_VAULT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "server/config.h"

namespace cardvault {

// What a new vault is, for the operator's eyes.
struct NewVault {
  std::string vault_id;
  std::string kek_check_value;
};

// Makes a vault where the configuration says: the KEK (of a first try
// that was cut short), the data directory, version 1 of every key, and a role map with these
// operators; in production also what is approved of the
// configuration. Errors: FAILED_PRECONDITION when there is a vault already; INVALID_ARGUMENT for an
// identity that is no operator's.
absl::StatusOr<NewVault> InitVault(const ServerConfig& config,
                                   const std::vector<std::string>& operators, const Clock& clock);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_INIT_VAULT_H_
