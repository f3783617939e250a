#ifndef CARDVAULT_SANDBOX_H2H_GATEWAY_H_
#define CARDVAULT_SANDBOX_H2H_GATEWAY_H_

#include <httplib.h>

#include <optional>
#include <string>

#include "sandbox/answer_delivery.h"
#include "sandbox/clock.h"
#include "sandbox/credentials.h"
#include "sandbox/h2h_answer.h"
#include "sandbox/h2h_request.h"
#include "sandbox/json_value.h"
#include "sandbox/nonce_register.h"
#include "sandbox/notification_outbox.h"
#include "sandbox/order_book.h"
#include "sandbox/tls_server.h"

namespace cardvault::sandbox {

// The stand-in of the General Card H2H API: POST /api/payment/payin/card, /api/payment/payout/card
// and /api/payment/status. It checks every header, the signature over h2h_signature.h's canonical
// string, the age of the timestamp, that a nonce comes once, and every field, and says in
// `error_message` what was wrong.
//
// Thread-safe.
class H2hGateway {
 public:
  H2hGateway(H2hCredentials credentials, ClockMs clock, const Delays& delays);

  // Serves on `server`, inspection and 3-D Secure page included. This object must outlive it.
  void Serve(TlsServer& server);

  // Ends the waiting of slow answers and late bookings. Call it once, before the server is stopped.
  void Stop() { delivery_.Stop(); }

  // The vendor's validity is not public; this is the sandbox's.
  static constexpr int64_t kTimestampValidityMs = 60'000;

 private:
  void Pay(H2hKind kind, const httplib::Request& request, ConnectionRegistry& connections,
           httplib::Response& response);
  void AnswerBooked(const Order& order, const Outcome& outcome, absl::string_view card_number,
                    const httplib::Request& request, httplib::Response& response);
  void Status(const httplib::Request& request, httplib::Response& response);
  void FollowRedirect(const httplib::Request& request, httplib::Response& response);

  // Checks the headers; nothing when all is well.
  std::optional<H2hRefusal> Authenticate(const httplib::Request& request);
  std::optional<H2hRefusal> CheckTimestamp(const std::string& timestamp_ms) const;
  void Refuse(const H2hRefusal& refusal, absl::string_view merchant_payment_id,
              httplib::Response& response);

  // Constant after construction.
  const H2hCredentials credentials_;
  const ClockMs clock_;

  // Each provides its own synchronization.
  NotificationOutbox outbox_;
  OrderBook book_;  // tells outbox_
  NonceRegister nonces_;
  AnswerDelivery delivery_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_H2H_GATEWAY_H_
