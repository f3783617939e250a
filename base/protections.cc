#include "base/protections.h"

namespace cardvault {

bool ProtectionIsOff(Protection) { return false; }

}  // namespace cardvault
