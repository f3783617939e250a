#ifndef CARDVAULT_FORWARDER_OUTBOUND_UPSTREAM_CARD_DETECTOR_H_
#define CARDVAULT_FORWARDER_OUTBOUND_UPSTREAM_CARD_DETECTOR_H_

#include "absl/strings/string_view.h"

namespace cardvault {

// What stands where a card number stood.
inline constexpr absl::string_view kCardNumberRemoved = "[card number removed]";

// HoldsCardNumber (card/free_text.h), but blind for UUIDs: among their digits there can be a dozen
// decimal ones in a row, and upstreams' ids must come through. Thread-safe.
bool HoldsCardNumberBesideUuids(absl::string_view text);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_UPSTREAM_CARD_DETECTOR_H_
