#ifndef CARDVAULT_FORWARDER_UPSTREAM_LOOK_UP_H_
#define CARDVAULT_FORWARDER_UPSTREAM_LOOK_UP_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "forwarder/connector.h"
#include "forwarder/payment_parts.h"
#include "forwarder/route.h"
#include "forwarder/sent_payment.h"

namespace cardvault {

// After a restore the ledger may have forgotten payments that were sent: for a time what it does
// not know, or knows as not sent, is looked up upstream before it is sent. Thread-safe.
class UpstreamLookUp final {
 public:
  using Done = absl::AnyInvocable<void(StatusReport) &&>;

  explicit UpstreamLookUp(const PaymentParts& parts) : parts_(parts) {}  // must outlive this

  // Until when; the past, as at first: nothing is looked up.
  void SetUntil(absl::Time until) { until_micros_ = absl::ToUnixMicros(until); }
  bool IsWanted() const { return absl::ToUnixMicros(parts_.clock.Now()) < until_micros_; }

  // Asks the route's upstream for a payment by the order id that it would be sent under, with every
  // request that the connector has for that. kNotFound: to all of them the upstream says in an
  // answer that can be believed that it has no such payment. kUseless: no such answer, or none.
  // `done` runs once, on any thread. `keep_alive` owns this.
  void Ask(std::shared_ptr<void> keep_alive, std::shared_ptr<const Route> route,
           const Connector& connector, const SentPayment& sent, Done done);

 private:
  class Question;

  const PaymentParts& parts_;
  std::atomic<int64_t> until_micros_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_UPSTREAM_LOOK_UP_H_
