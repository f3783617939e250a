#ifndef CARDVAULT_AUDIT_EXPORT_LEAF_NAMES_H_
#define CARDVAULT_AUDIT_EXPORT_LEAF_NAMES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "audit/action.h"
#include "base/error_reason.h"

namespace cardvault {

// What ActionName, OutcomeName and ReasonName have this name for; nullopt: nothing that this
// program knows. Thread-safe.
std::optional<AuditAction> ActionNamed(absl::string_view name);
std::optional<AuditOutcome> OutcomeNamed(absl::string_view name);
std::optional<ErrorReason> ReasonNamed(absl::string_view name);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_LEAF_NAMES_H_
