#ifndef CARDVAULT_SANDBOX_PRAXIS13_GATEWAY_H_
#define CARDVAULT_SANDBOX_PRAXIS13_GATEWAY_H_

#include <httplib.h>

#include <optional>

#include "absl/strings/string_view.h"
#include "sandbox/answer_delivery.h"
#include "sandbox/clock.h"
#include "sandbox/credentials.h"
#include "sandbox/json_value.h"
#include "sandbox/notification_outbox.h"
#include "sandbox/order_book.h"
#include "sandbox/praxis13_request.h"
#include "sandbox/praxis13_signature.h"
#include "sandbox/praxis_answer.h"
#include "sandbox/tls_server.h"

namespace cardvault::sandbox {

// The stand-in of the Praxis API, wire version 1.3: POST /api/direct-process, /direct/refund,
// /agent/find-order and /agent/manage-transaction. It believes nothing that is not rightly signed
// in the header Gt-Authentication, in time, known, and within types and limits, and decrypts the
// card data. It says in `description` which field was wrong.
//
// Thread-safe.
class Praxis13Gateway {
 public:
  Praxis13Gateway(Praxis13Credentials credentials, ClockMs clock, const Delays& delays);

  // Serves on `server`, inspection and 3-D Secure page included. This object must outlive it.
  void Serve(TlsServer& server);

  // Ends the waiting of slow answers and late bookings. Call it once, before the server is stopped.
  void Stop() { delivery_.Stop(); }

 private:
  void DirectProcess(const httplib::Request& request, ConnectionRegistry& connections,
                     httplib::Response& response);
  void Refund(const httplib::Request& request, ConnectionRegistry& connections,
              httplib::Response& response);
  void FindOrder(const httplib::Request& request, httplib::Response& response);
  void Manage(const httplib::Request& request, httplib::Response& response);
  void FollowRedirect(const httplib::Request& request, httplib::Response& response);

  // Reads the body and checks account, version, signature and time; nothing when all is well.
  std::optional<PraxisRefusal> Authenticate(const httplib::Request& request, Praxis13Message kind,
                                            JsonValue& message) const;
  // Books what was asked for and answers as its outcome wants.
  void BookAndAnswer(const Praxis13PaymentRequest& payment, const httplib::Request& request,
                     httplib::Response& response);
  void Answer(Praxis13Message kind, const JsonValue& answer, Fault fault,
              absl::string_view redirect_path, const httplib::Request& request,
              httplib::Response& response);
  // A body without a known account is answered without a signature.
  void Refuse(const PraxisRefusal& refusal, Praxis13Message answer_kind,
              httplib::Response& response);
  int64_t NowSeconds() const { return clock_() / 1000; }

  // Constant after construction.
  const Praxis13Credentials credentials_;
  const ClockMs clock_;

  // Each provides its own synchronization.
  NotificationOutbox outbox_;
  OrderBook book_;  // tells outbox_
  AnswerDelivery delivery_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS13_GATEWAY_H_
