#ifndef CARDVAULT_SANDBOX_ANSWER_DELIVERY_H_
#define CARDVAULT_SANDBOX_ANSWER_DELIVERY_H_

#include <httplib.h>

#include <string>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "sandbox/outcome.h"

namespace cardvault::sandbox {

// How long the gateways take for what they do late.
struct Delays {
  absl::Duration slow;  // a slow answer
  absl::Duration late;  // a payment that is booked after its connection was closed
};

// Brings a finished answer to the client in the way that an outcome's fault wants: late, cut, as a
// redirect, or not at all.
//
// Thread-safe.
class AnswerDelivery {
 public:
  explicit AnswerDelivery(const Delays& delays) : delays_(delays) {}

  // `body` is the JSON of the right answer; faults of its content (Fault::kBadSignature, kEchoCard,
  // kOtherOrder, kOversize) are in it already. `redirect_path` is where kHttpRedirect leads.
  void Deliver(Fault fault, std::string body, const std::string& redirect_path,
               const httplib::Request& request, httplib::Response& response);

  // Closes the connection of `request` as Fault::kClose does and waits for as long as a late
  // booking takes. False when Stop() ended the waiting: nothing is booked any more.
  bool CloseAndAwaitBooking(const httplib::Request& request);

  // Ends all waiting, now and from now on.
  void Stop() { stopped_.Notify(); }

 private:
  const Delays delays_;
  absl::Notification stopped_;
};

// HTTP 200 with a JSON body.
void AnswerJson(std::string body, httplib::Response& response);

// What is wrong with a test's own call: `text` in the member `error`.
void AnswerProblem(int http_status, absl::string_view text, httplib::Response& response);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_ANSWER_DELIVERY_H_
