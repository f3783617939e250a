#ifndef CARDVAULT_AUDIT_AUDITED_STATUS_H_
#define CARDVAULT_AUDIT_AUDITED_STATUS_H_

#include "absl/status/status.h"

namespace cardvault {

// Marks an error whose audit entry was committed together with rows (a refusal that is counted):
// whoever answers the call writes no second entry. `status` is not OK. Thread-safe.
absl::Status MarkAudited(absl::Status status);

bool IsAudited(const absl::Status& status);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_AUDITED_STATUS_H_
