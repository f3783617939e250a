#ifndef CARDVAULT_SANDBOX_PRAXIS_GATEWAY_H_
#define CARDVAULT_SANDBOX_PRAXIS_GATEWAY_H_

#include <httplib.h>

#include <optional>
#include <string>

#include "sandbox/answer_delivery.h"
#include "sandbox/clock.h"
#include "sandbox/credentials.h"
#include "sandbox/json_value.h"
#include "sandbox/notification_outbox.h"
#include "sandbox/order_book.h"
#include "sandbox/praxis_answer.h"
#include "sandbox/praxis_request.h"
#include "sandbox/tls_server.h"

namespace cardvault::sandbox {

// The stand-in of the Praxis API, wire version 1.1: POST /api/process, /api/find-order and
// /api/find-transaction. It believes nothing that is not rightly signed, in time, known and within
// the document's types and limits, and says in `description` which field was wrong.
//
// Wire version 1.3 is another gateway, praxis13_gateway.h.
//
// Thread-safe.
class PraxisGateway {
 public:
  PraxisGateway(PraxisCredentials credentials, ClockMs clock, const Delays& delays);

  // Serves on `server`, inspection and 3-D Secure page included. This object must outlive it.
  void Serve(TlsServer& server);

  // Ends the waiting of slow answers and late bookings. Call it once, before the server is stopped.
  void Stop() { delivery_.Stop(); }

 private:
  void Process(const httplib::Request& request, ConnectionRegistry& connections,
               httplib::Response& response);
  void LookUp(const httplib::Request& request, absl::string_view key_field,
              httplib::Response& response);
  void FollowRedirect(const httplib::Request& request, httplib::Response& response);

  // Reads the body and checks merchant, version, signature and time; nothing when all is well.
  std::optional<PraxisRefusal> Authenticate(const httplib::Request& request, JsonValue& message);
  std::optional<PraxisRefusal> BookOrder(const PraxisCardRequest& card, const Outcome& outcome,
                                         Order& order);
  // A body without a known merchant is answered without a signature.
  void Refuse(const PraxisRefusal& refusal, httplib::Response& response);
  int64_t NowSeconds() const { return clock_() / 1000; }

  // Constant after construction.
  const PraxisCredentials credentials_;
  const ClockMs clock_;

  // Each provides its own synchronization.
  NotificationOutbox outbox_;
  OrderBook book_;  // tells outbox_
  AnswerDelivery delivery_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS_GATEWAY_H_
