#ifndef CARDVAULT_FORWARDER_DRY_RUN_H_
#define CARDVAULT_FORWARDER_DRY_RUN_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "forwarder/outbound/request_preview.h"
#include "forwarder/payment_parts.h"
#include "forwarder/payment_request.h"

namespace cardvault {

// What a payment would do.
struct DryRunResult {
  // Every reason for which it would be refused; none: it would be sent.
  std::vector<absl::Status> faults;
  // What would be sent; nullopt where a fault leaves nothing to show.
  std::optional<RequestPreview> preview;
};

// Checks a payment as its sending would, and renders its request from what the token shows of its
// card, which is not opened. Commits, sends, leases and counts nothing. Thread-safe.
DryRunResult DryRun(const PaymentParts& parts, const PaymentRequest& request);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_DRY_RUN_H_
