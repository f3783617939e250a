#ifndef CARDVAULT_SANDBOX_ANSWER_DELIVERY_H_
#define CARDVAULT_SANDBOX_ANSWER_DELIVERY_H_

#include <httplib.h>

#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "sandbox/outcome.h"

namespace cardvault::sandbox {

// Brings a finished answer to the client in the way that an outcome's fault wants: late, cut, as a
// redirect, or not at all.
//
// Thread-safe.
class AnswerDelivery {
 public:
  explicit AnswerDelivery(absl::Duration slow) : slow_(slow) {}

  // `body` is the JSON of the right answer; faults of its content (Fault::kBadSignature, kEchoCard,
  // kOtherOrder, kOversize) are in it already. `redirect_path` is where kHttpRedirect leads.
  void Deliver(Fault fault, std::string body, const std::string& redirect_path,
               const httplib::Request& request, httplib::Response& response);

  // Ends the waiting of slow answers, now and from now on.
  void Stop() { stopped_.Notify(); }

 private:
  const absl::Duration slow_;
  absl::Notification stopped_;
};

// HTTP 200 with a JSON body.
void AnswerJson(std::string body, httplib::Response& response);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_ANSWER_DELIVERY_H_
