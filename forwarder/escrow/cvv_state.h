#ifndef CARDVAULT_FORWARDER_ESCROW_CVV_STATE_H_
#define CARDVAULT_FORWARDER_ESCROW_CVV_STATE_H_

namespace cardvault {

// The API's numbers. Never stored.
enum class CvvState { kNone = 1, kHeld = 2, kLeased = 3, kConsumed = 4, kExpired = 5 };

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ESCROW_CVV_STATE_H_
