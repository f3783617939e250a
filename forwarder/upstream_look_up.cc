#include "forwarder/upstream_look_up.h"

#include <cstddef>

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/reconcile_settings.h"

namespace cardvault {
namespace {

absl::Status DoesNotSay() {
  return Unavailable(ErrorReason::kLookUpFailed,
                     "the vault was restored, and an upstream does not say yet whether it has this "
                     "payment: nothing was sent, try again");
}

template <typename Counts>
void CountDown(Counts& counts, const typename Counts::key_type& key) {
  const auto count = counts.find(key);
  if (--count->second == 0) counts.erase(count);
}

}  // namespace

class UpstreamLookUp::Question final : public std::enable_shared_from_this<Question> {
 public:
  Question(UpstreamLookUp& all, std::shared_ptr<void> keep_alive, const MerchantId& merchant,
           std::vector<LookUpTarget> targets, SentPayment sent, Done done)
      : keep_alive_(std::move(keep_alive)),
        all_(all),
        merchant_(merchant),
        targets_(std::move(targets)),
        sent_(std::move(sent)),
        done_(std::move(done)) {}

  // Asks the next target.
  void Begin() {
    if (next_target_ == targets_.size()) return Finish(Answer{NameOf(targets_), std::nullopt, ""});
    target_ = &targets_[next_target_++];
    if (!all_.Enter(target_->route->account, merchant_)) {
      return Finish(ResourceExhausted(
          ErrorReason::kLimit, "too many payments are being looked up after a restore: try again"));
    }
    counts_ = all_.NotFoundCounts(*target_->route);
    sent_.reference = target_->reference;
    plans_ = target_->connector->PlanStatus(sent_, *target_->route->settings);
    next_plan_ = 0;
    Send();
  }

 private:
  void Send() {
    auto secrets = all_.parts_.routes.OpenCredentials(*target_->route);
    auto keyring = all_.parts_.keyring.Snapshot();
    if (!secrets.ok() || !keyring.ok()) return Leave(DoesNotSay());
    OutboundRequest request;
    request.plan = plans_[next_plan_++];
    request.transport = target_->route->transport;
    request.secrets = *std::move(secrets);
    request.keyring = *std::move(keyring);
    all_.parts_.outbound.Send(
        std::move(request),
        [self = shared_from_this()](OutboundAnswer answer) { self->Answered(std::move(answer)); });
  }

  void Answered(OutboundAnswer answer) {
    if (answer.delivery != OutboundAnswer::Delivery::kAnswered) return Leave(DoesNotSay());
    StatusReport report = target_->connector->ReadStatus(answer, sent_, *target_->route->settings);
    switch (report.kind) {
      case StatusReport::Kind::kUseless:
        return Leave(DoesNotSay());
      case StatusReport::Kind::kFound:
        if (target_->is_asked_for) {
          return Leave(Answer{NameOf(targets_), std::move(report.outcome), target_->reference});
        }
        return Leave(AlreadyExists(ErrorReason::kPaymentIdReused, "payment_id",
                                   "a payment was made under this payment_id over another route or "
                                   "account: ask for it there"));
      case StatusReport::Kind::kNotFound:
        // Rendering it would hold the network loop up.
        if (next_plan_ < plans_.size()) {
          return all_.parts_.executor.Post([self = shared_from_this()] { self->Send(); });
        }
        if (!counts_) return Leave(DoesNotSay());
        all_.Leave(target_->route->account, merchant_);
        return all_.parts_.executor.Post([self = shared_from_this()] { self->Begin(); });
    }
  }

  void Leave(absl::StatusOr<Answer> answer) {
    all_.Leave(target_->route->account, merchant_);
    Finish(std::move(answer));
  }

  void Finish(absl::StatusOr<Answer> answer) { std::move(done_)(std::move(answer)); }

  const std::shared_ptr<void> keep_alive_;  // owns `all_`
  UpstreamLookUp& all_;
  const MerchantId merchant_;
  const std::vector<LookUpTarget> targets_;
  SentPayment sent_;
  Done done_;
  size_t next_target_ = 0;
  const LookUpTarget* target_ = nullptr;
  bool counts_ = false;  // whether the target's "not found" does
  std::vector<RequestPlan> plans_;
  size_t next_plan_ = 0;
};

void UpstreamLookUp::Set(absl::Time admitted, absl::Time until) {
  absl::MutexLock lock(&mutex_);
  admitted_ = admitted;
  until_ = until;
}

bool UpstreamLookUp::IsWanted() const {
  absl::ReaderMutexLock lock(&mutex_);
  return parts_.clock.Now() < until_;
}

void UpstreamLookUp::Ask(std::shared_ptr<void> keep_alive, const MerchantId& merchant,
                         std::vector<LookUpTarget> targets, SentPayment sent, Done done) {
  std::make_shared<Question>(*this, std::move(keep_alive), merchant, std::move(targets),
                             std::move(sent), std::move(done))
      ->Begin();
}

bool UpstreamLookUp::Enter(const std::string& account, const MerchantId& merchant) {
  absl::MutexLock lock(&mutex_);
  const auto of_account = accounts_.find(account);
  const auto of_merchant = merchants_.find({account, merchant.value()});
  if (of_account != accounts_.end() && of_account->second >= kMaxLookUpsPerAccount) return false;
  if (of_merchant != merchants_.end() && of_merchant->second >= kMaxLookUpsPerMerchant) {
    return false;
  }
  ++accounts_[account];
  ++merchants_[{account, merchant.value()}];
  return true;
}

void UpstreamLookUp::Leave(const std::string& account, const MerchantId& merchant) {
  absl::MutexLock lock(&mutex_);
  CountDown(accounts_, account);
  CountDown(merchants_, {account, merchant.value()});
}

bool UpstreamLookUp::NotFoundCounts(const Route& route) const {
  absl::ReaderMutexLock lock(&mutex_);
  return parts_.clock.Now() >=
         NotFoundCountsFrom(admitted_, route.transport.total_timeout, route.reconcile);
}

}  // namespace cardvault
