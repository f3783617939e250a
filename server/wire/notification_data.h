#ifndef CARDVAULT_SERVER_WIRE_NOTIFICATION_DATA_H_
#define CARDVAULT_SERVER_WIRE_NOTIFICATION_DATA_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "card/vault_mode.h"
#include "cardvault/v1/payment_service.pb.h"
#include "forwarder/dry_run.h"
#include "forwarder/notification/notification_flow.h"
#include "vault/call_context.h"

namespace cardvault {

inline constexpr size_t kMaxNotificationSize = 256 * 1024;  // bytes; real ones have a few KiB
inline constexpr int kMaxNotificationHeaders = 64;
inline constexpr size_t kMaxHeaderValueSize = 8 * 1024;  // bytes; cookies and proxies' own are long

// Checks and converts a notification as a merchant passes it on. INVALID_ARGUMENT naming the field.
absl::StatusOr<NotificationInput> ToNotificationInput(const CallContext& call,
                                                      const v1::VerifyNotificationRequest& request);

v1::VerifyNotificationResponse ToNotificationResponse(const NotificationResult& result,
                                                      VaultMode mode);

v1::DryRunResponse ToDryRunResponse(const DryRunResult& result);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_WIRE_NOTIFICATION_DATA_H_
