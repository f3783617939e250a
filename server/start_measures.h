#ifndef CARDVAULT_SERVER_START_MEASURES_H_
#define CARDVAULT_SERVER_START_MEASURES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/audit_leaf.h"
#include "server/approved_config.h"

namespace cardvault {

// The entries start.measured, one each of: the program that runs, the configuration and the trust
// anchors as they were found, and an anchor in force that is another one. Who compares them with
// those of the start before sees what was exchanged. NOT_FOUND when `program` cannot be read;
// `/proc/self/exe` is the process's own. Blocks on the disk.
absl::StatusOr<std::vector<AuditLeaf>> MeasureStart(const std::string& program,
                                                    const ApprovedConfig& config);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_START_MEASURES_H_
