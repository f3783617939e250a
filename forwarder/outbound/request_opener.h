#ifndef CARDVAULT_FORWARDER_OUTBOUND_REQUEST_OPENER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_REQUEST_OPENER_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "card/pan.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/outbound/slot_values.h"

namespace cardvault {

// Opens what the plan's slots need of card and CVV, and nothing else, and encrypts those that go
// out encrypted. `now`: the time of signing. Errors: as CardSealer and CvvLease::Open, and as
// SigningSecret and SlotValues::Encrypt; INTERNAL when the plan needs a card and there is none.
// Thread-safe.
absl::StatusOr<SlotValues> OpenSlots(const OutboundRequest& request, absl::Time now);

// The card's number, to be looked for in the answer. REQUIRES: request.card. Errors: as CardSealer.
// Thread-safe.
absl::StatusOr<Pan> OpenPanOf(const OutboundRequest& request);

// Whether a slot stands anywhere in the plan's body, encrypted or not.
bool HasSlot(const PlanObject& body, PlanSlot slot);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_REQUEST_OPENER_H_
