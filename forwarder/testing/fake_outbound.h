#ifndef CARDVAULT_FORWARDER_TESTING_FAKE_OUTBOUND_H_
#define CARDVAULT_FORWARDER_TESTING_FAKE_OUTBOUND_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "forwarder/outbound/outbound.h"

namespace cardvault {

// An upstream that answers what a test wants, on the thread that sends. Treats CVV leases as the
// real one does. Thread-safe.
class FakeOutbound final : public Outbound {
 public:
  using Answerer = std::function<OutboundAnswer(const OutboundRequest&)>;

  // A 2xx answer with these string fields, verified.
  static OutboundAnswer Answered(std::vector<std::pair<std::string, std::string>> fields);
  static OutboundAnswer NotSent(absl::Status error);
  static OutboundAnswer Unknown(absl::Status error);

  // For every request from now on. Without one the answer is an approval on either connector.
  void AnswerWith(Answerer answerer);

  // Keeps requests until Release: payments that are on their way.
  void Hold();
  void Release();
  void WaitForHeld(size_t count);

  // What was sent, in order; requests answered NotSent are not among it.
  std::vector<RequestPlan> sent() const;
  std::vector<bool> sent_with_cvv() const;
  // Every call of Send.
  int send_count() const;

  void Send(OutboundRequest request, Done done) override;

 private:
  struct Held {
    OutboundRequest request;
    Done done;
  };

  void Finish(OutboundRequest request, Done done);

  mutable absl::Mutex mutex_;
  Answerer answerer_ ABSL_GUARDED_BY(mutex_);
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Held> held_ ABSL_GUARDED_BY(mutex_);
  int send_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<RequestPlan> sent_ ABSL_GUARDED_BY(mutex_);
  std::vector<bool> sent_with_cvv_ ABSL_GUARDED_BY(mutex_);
};

// The value of a body's string field by its dotted path; "" when it is absent or no string.
std::string BodyText(const PlanObject& body, const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_TESTING_FAKE_OUTBOUND_H_
