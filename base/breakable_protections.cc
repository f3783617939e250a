// The other ProtectionIsOff: the environment variable CARDVAULT_BREAK names the one that is off.

#include <cstdlib>

#include "absl/strings/string_view.h"
#include "base/protections.h"

namespace cardvault {
namespace {

constexpr char kVariable[] = "CARDVAULT_BREAK";

absl::string_view NameOf(Protection protection) {
  switch (protection) {
    case Protection::kResendGuard:
      return "guard";
    case Protection::kIntentFirst:
      return "intent";
    case Protection::kForwardOnly:
      return "forward-only";
    case Protection::kActiveKeyOnly:
      return "snapshot";
    case Protection::kDualLookup:
      return "dual-lookup";
    case Protection::kAuditLog:
      return "audit-log";
  }
  return "";
}

}  // namespace

bool ProtectionIsOff(Protection protection) {
  static const char* const broken = getenv(kVariable);
  return broken != nullptr && broken == NameOf(protection);
}

}  // namespace cardvault
