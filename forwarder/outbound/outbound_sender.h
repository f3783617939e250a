#ifndef CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_SENDER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_SENDER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "forwarder/outbound/https_limits.h"
#include "forwarder/outbound/outbound.h"  // IWYU pragma: export

namespace cardvault {

class HttpsLoop;

// The only place where a card meets a request: opens the card, renders the plan, signs those
// bytes, sends those same bytes at most once, wipes them, verifies and scrubs the answer. One
// event loop (libcurl multi) on its own thread carries every transfer. Thread-safe.
class OutboundSender final : public Outbound {
 public:
  // INTERNAL when the loop cannot be set up. `clock` outlives it; so does the escrow of every
  // lease that is given to Send.
  static absl::StatusOr<std::unique_ptr<OutboundSender>> Start(const Clock& clock);
  // The same with other bounds, for tests.
  static absl::StatusOr<std::unique_ptr<OutboundSender>> Start(const Clock& clock,
                                                               HttpsLimits limits);
  ~OutboundSender() override;  // as Stop without patience

  // `done` runs on the loop's thread; after Stop on the caller's.
  void Send(OutboundRequest request, Done done) override;

  // Waits up to `patience` for transfers under way, then ends the rest as kUnknown (kNotSent where
  // that is proved). Idempotent; not from a `done`.
  void Stop(absl::Duration patience);

 private:
  OutboundSender(const Clock& clock, std::unique_ptr<HttpsLoop> loop);

  const Clock& clock_;
  const std::unique_ptr<HttpsLoop> loop_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_SENDER_H_
