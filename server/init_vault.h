#ifndef CARDVAULT_SERVER_INIT_VAULT_H_
#define CARDVAULT_SERVER_INIT_VAULT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "keys/custody/custody_creation.h"
#include "server/config.h"

namespace cardvault {

// Who is to hold the KEK of a new vault, where the configuration says `custody`.
struct CustodyPlan {
  uint32_t threshold = 0;
  std::vector<NewCustodian> custodians;
  std::string out_directory;  // where the sealed shares are written
};

// What a new vault is, for the operator's eyes.
struct NewVault {
  std::string vault_id;
  std::string kek_check_value;
  std::vector<std::string> share_files;  // of the plan's custodians, in their order
};

// Makes a vault where the configuration says: the KEK (of a first try
// that was cut short), the data directory, version 1 of every key, and a role map with these
// operators; in production also what is approved of the configuration. In custody the custodians
// stand in the role map too, and the sealed shares are written before anything depends on them, to
// new files of mode 0600; `plan` is null otherwise. Errors: FAILED_PRECONDITION when there is a
// vault already; INVALID_ARGUMENT for an identity that is no operator's, and as CreateCustody and
// WriteEnvelopes.
absl::StatusOr<NewVault> InitVault(const ServerConfig& config,
                                   const std::vector<std::string>& operators,
                                   const CustodyPlan* plan, const Clock& clock);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_INIT_VAULT_H_
