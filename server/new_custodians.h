#ifndef CARDVAULT_SERVER_NEW_CUSTODIANS_H_
#define CARDVAULT_SERVER_NEW_CUSTODIANS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "keys/custody/custody_creation.h"

namespace cardvault {

// Custodians as they are named on a command line: each "IDENTITY=CERTIFICATE", with the path of a
// PEM file. `mistakes` are lines for the operator that name the custodian or file at fault; when
// one was added, what is answered is not whole.
std::vector<NewCustodian> ReadNewCustodians(const std::vector<std::string>& words, absl::Time now,
                                            std::vector<std::string>& mistakes);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_NEW_CUSTODIANS_H_
