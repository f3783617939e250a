#include "forwarder/upstream_look_up.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "forwarder/outbound/outbound.h"

namespace cardvault {

class UpstreamLookUp::Question final : public std::enable_shared_from_this<Question> {
 public:
  Question(const PaymentParts& parts, std::shared_ptr<void> keep_alive,
           std::shared_ptr<const Route> route, const Connector& connector, const SentPayment& sent,
           Done done)
      : keep_alive_(std::move(keep_alive)),
        parts_(parts),
        route_(std::move(route)),
        connector_(connector),
        sent_(sent),
        plans_(connector.PlanStatus(sent_, *route_->settings)),
        done_(std::move(done)) {}

  void Send() {
    auto secrets = parts_.routes.OpenCredentials(*route_);
    auto keyring = parts_.keyring.Snapshot();
    if (!secrets.ok() || !keyring.ok()) return std::move(done_)({});
    OutboundRequest request;
    request.plan = plans_[next_plan_++];
    request.transport = route_->transport;
    request.secrets = *std::move(secrets);
    request.keyring = *std::move(keyring);
    parts_.outbound.Send(std::move(request), [self = shared_from_this()](OutboundAnswer answer) {
      self->Answered(std::move(answer));
    });
  }

 private:
  void Answered(OutboundAnswer answer) {
    if (answer.delivery != OutboundAnswer::Delivery::kAnswered) return std::move(done_)({});
    StatusReport report = connector_.ReadStatus(answer, sent_, *route_->settings);
    if (report.kind == StatusReport::Kind::kNotFound && next_plan_ < plans_.size()) {
      // Rendering it would hold the network loop up.
      return parts_.executor.Post([self = shared_from_this()] { self->Send(); });
    }
    std::move(done_)(std::move(report));
  }

  const std::shared_ptr<void> keep_alive_;  // owns `parts_`
  const PaymentParts& parts_;
  const std::shared_ptr<const Route> route_;
  const Connector& connector_;
  const SentPayment sent_;
  const std::vector<RequestPlan> plans_;
  size_t next_plan_ = 0;
  Done done_;
};

void UpstreamLookUp::Ask(std::shared_ptr<void> keep_alive, std::shared_ptr<const Route> route,
                         const Connector& connector, const SentPayment& sent, Done done) {
  std::make_shared<Question>(parts_, std::move(keep_alive), std::move(route), connector, sent,
                             std::move(done))
      ->Send();
}

}  // namespace cardvault
