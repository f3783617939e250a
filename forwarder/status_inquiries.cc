#include "forwarder/status_inquiries.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status.h"
#include "forwarder/connector.h"
#include "forwarder/connector_registry.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/sent_payment.h"

namespace cardvault {
namespace {

absl::Duration MinInterval(StatusInquiries::Asker asker) {
  switch (asker) {
    case StatusInquiries::Asker::kReconciler:
      return absl::ZeroDuration();
    case StatusInquiries::Asker::kRefresh:
      return kMinRefreshInterval;
    case StatusInquiries::Asker::kHint:
      return kMinHintInterval;
  }
  return absl::ZeroDuration();
}

}  // namespace

// One question on its way, with its second try where the connector has one.
class StatusInquiries::Inquiry final : public std::enable_shared_from_this<Inquiry> {
 public:
  Inquiry(StatusInquiries& all, std::shared_ptr<void> keep_alive, StoredPayment payment,
          const AuditOrigin& origin, Done done)
      : keep_alive_(std::move(keep_alive)),
        all_(all),
        payment_(std::move(payment)),
        origin_(origin),
        done_(std::move(done)) {}

  // False when there is nobody to ask.
  bool Prepare() {
    const absl::StatusOr<RouteName> name = RouteName::Parse(payment_.record.route(), "route");
    if (!name.ok()) return false;
    absl::StatusOr<RouteInForce> in_force = all_.parts_.routes.InForce(*name);
    if (!in_force.ok()) return false;
    // Another account knows nothing of the payment, and would say so.
    is_strange_ = in_force->route->account != payment_.record.upstream_account();
    if (is_strange_) return true;
    route_ = in_force->route;
    connector_ = FindConnector(route_->connector);
    absl::StatusOr<SentPayment> sent = SentPaymentOf(payment_.record);
    if (connector_ == nullptr || !sent.ok()) return false;
    sent_ = *std::move(sent);
    plans_ = connector_->PlanStatus(sent_, *route_->settings);
    return true;
  }

  // Whether the route names another account by now than the payment went to.
  bool is_strange() const { return is_strange_; }

  void Decline(Told told) { std::move(done_)(told); }

  void Send() {
    auto secrets = all_.parts_.routes.OpenCredentials(*route_);
    auto keyring = all_.parts_.keyring.Snapshot();
    if (!secrets.ok() || !keyring.ok()) return Finish(Told::kNothing);
    OutboundRequest request;
    request.plan = plans_[next_plan_++];
    request.transport = route_->transport;
    request.secrets = *std::move(secrets);
    request.keyring = *std::move(keyring);
    all_.parts_.outbound.Send(
        std::move(request),
        [self = shared_from_this()](OutboundAnswer answer) { self->Answered(std::move(answer)); });
  }

 private:
  void Answered(OutboundAnswer answer) {
    if (answer.delivery != OutboundAnswer::Delivery::kAnswered) return Finish(Told::kNothing);
    StatusReport report = connector_->ReadStatus(answer, sent_, *route_->settings);
    switch (report.kind) {
      case StatusReport::Kind::kUseless:
        return Finish(Told::kNothing);
      case StatusReport::Kind::kNotFound:
        if (next_plan_ == plans_.size()) return Finish(Told::kNotFound);
        // Rendering it would hold the network loop up.
        return all_.parts_.executor.Post([self = shared_from_this()] { self->Send(); });
      case StatusReport::Kind::kFound:
        return Write(std::move(report.outcome));
    }
  }

  void Write(PaymentOutcome outcome) {
    if (SaysNothingNew(outcome, payment_.record)) return Finish(Told::kOutcome);
    OutcomeNote note;
    note.row_key = payment_.row_key;
    note.outcome = std::move(outcome);
    note.source = EventSource::kStatus;
    note.origin = origin_;
    OutcomeWriter::Done written;
    written.settled = [] {};
    written.answer =
        [self = shared_from_this()](const absl::StatusOr<storage::v1::PaymentRecord>& record) {
          self->Finish(record.ok() ? Told::kOutcome : Told::kNothing);
        };
    all_.outcomes_.Write(std::move(note), std::move(written));
  }

  void Finish(Told told) {
    all_.Leave(payment_.record.route());
    std::move(done_)(told);
  }

  const std::shared_ptr<void> keep_alive_;  // ends last: it owns `all_`
  StatusInquiries& all_;
  const StoredPayment payment_;
  const AuditOrigin origin_;
  Done done_;
  std::shared_ptr<const Route> route_;
  const Connector* connector_ = nullptr;
  bool is_strange_ = false;
  SentPayment sent_;
  std::vector<RequestPlan> plans_;
  size_t next_plan_ = 0;
};

void StatusInquiries::Ask(std::shared_ptr<void> keep_alive, StoredPayment payment,
                          const AuditOrigin& origin, Asker asker, Done done) {
  const std::string route = payment.record.route();
  const std::string row_key = payment.row_key;
  const auto inquiry = std::make_shared<Inquiry>(*this, std::move(keep_alive), std::move(payment),
                                                 origin, std::move(done));
  if (!inquiry->Prepare()) return inquiry->Decline(Told::kNotAsked);
  if (inquiry->is_strange()) return inquiry->Decline(Told::kNothing);
  if (!Enter(route, row_key, asker)) return inquiry->Decline(Told::kNotAsked);
  inquiry->Send();
}

bool StatusInquiries::Enter(const std::string& route, const std::string& row_key, Asker asker) {
  const absl::Duration min_interval = MinInterval(asker);
  const absl::Time now = parts_.clock.Now();
  absl::MutexLock lock(&mutex_);
  const auto last = last_asked_.find(row_key);
  if (last != last_asked_.end() && now - last->second < min_interval && now >= last->second) {
    return false;
  }
  int& count = under_way_[route];
  if (count >= (asker == Asker::kReconciler ? kMaxInquiriesPerRoute : kMaxOthersPerRoute)) {
    return false;
  }
  ++count;
  if (last != last_asked_.end()) {
    const auto [first, end] = by_time_.equal_range(last->second);
    for (auto it = first; it != end; ++it) {
      if (it->second != row_key) continue;
      by_time_.erase(it);
      break;
    }
  }
  last_asked_[row_key] = now;
  by_time_.emplace(now, row_key);
  if (by_time_.size() > kMaxRememberedInquiries) {
    last_asked_.erase(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
  }
  return true;
}

void StatusInquiries::Leave(const std::string& route) {
  absl::MutexLock lock(&mutex_);
  const auto count = under_way_.find(route);
  if (--count->second == 0) under_way_.erase(count);
}

}  // namespace cardvault
