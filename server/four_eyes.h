#ifndef CARDVAULT_SERVER_FOUR_EYES_H_
#define CARDVAULT_SERVER_FOUR_EYES_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "card/vault_mode.h"
#include "server/role_table.h"

namespace cardvault {

// Whether a request asks what would be, and for no effect.
bool IsCheckOnly(const google::protobuf::Message& request);

// Production changes what four eyes protect by an approved change alone: there a call of that kind
// is FAILED_PRECONDITION (FOUR_EYES), unless it asks for no effect.
absl::Status CheckFourEyes(const MethodRule& rule, const google::protobuf::Message& request,
                           VaultMode mode);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_FOUR_EYES_H_
