#include "sandbox/notification_outbox.h"

#include <utility>

#include "absl/status/statusor.h"

namespace cardvault::sandbox {
namespace {

constexpr int64_t kTwoDaysMs = int64_t{2} * 24 * 3600 * 1000;

JsonValue HeadersOf(const SignedNotification& notification) {
  JsonValue headers = JsonValue::Object();
  for (const auto& [name, value] : notification.headers) {
    headers.Set(name, JsonValue::String(value));
  }
  return headers;
}

}  // namespace

NotificationOutbox::NotificationOutbox(std::unique_ptr<const NotificationDialect> dialect,
                                       ClockMs clock, size_t count_max)
    : dialect_(std::move(dialect)), clock_(std::move(clock)), count_max_(count_max) {}

void NotificationOutbox::Tell(const Order& order) {
  TellState(order);
  if (order.contradicting_state.empty()) return;
  Order contradiction = order;
  contradiction.state = order.contradicting_state;
  TellState(order);
  TellState(contradiction);
  TellState(contradiction);
}

void NotificationOutbox::TellState(const Order& order) {
  Entry entry;
  entry.order_id = order.id;
  entry.notification =
      dialect_->Sign(dialect_->MessageOf(order, Account::kOwn), clock_(), Account::kOwn);
  absl::MutexLock lock(&mutex_);
  ++counts_.notifications;
  Queue(std::move(entry));
}

void NotificationOutbox::TellForged(const Order& order, Forgery forgery) {
  Order told = order;
  if (forgery == Forgery::kAmount) ++told.amount;
  const Account account = forgery == Forgery::kForeign ? Account::kAnother : Account::kOwn;
  const Account secret = forgery == Forgery::kSignature ? Account::kAnother : Account::kOwn;
  const int64_t age_ms = forgery == Forgery::kStale ? kTwoDaysMs : 0;
  Entry entry;
  entry.order_id = order.id;
  entry.is_forged = true;
  entry.notification =
      dialect_->Sign(dialect_->MessageOf(told, account), clock_() - age_ms, secret);
  absl::MutexLock lock(&mutex_);
  ++counts_.forged;
  Queue(std::move(entry));
}

int64_t NotificationOutbox::Queue(Entry entry) {
  if (entries_.size() >= count_max_) DropOldest();
  entries_.emplace(++last_number_, std::move(entry));
  return last_number_;
}

void NotificationOutbox::DropOldest() {
  if (acknowledged_.empty()) {
    entries_.erase(entries_.begin());
  } else {
    entries_.erase(*acknowledged_.begin());
    acknowledged_.erase(acknowledged_.begin());
  }
}

JsonValue NotificationOutbox::After(int64_t number) const {
  JsonValue page = JsonValue::Array();
  absl::MutexLock lock(&mutex_);
  size_t count = 0;
  for (auto at = entries_.upper_bound(number); at != entries_.end() && count < kPageCountMax;
       ++at, ++count) {
    const Entry& entry = at->second;
    JsonValue item = JsonValue::Object();
    item.Set("number", JsonValue::Number(at->first));
    item.Set("order", JsonValue::String(entry.order_id));
    item.Set("headers", HeadersOf(entry.notification));
    item.Set("body", JsonValue::String(entry.notification.body));
    item.Set("acknowledged", JsonValue::Bool(entry.is_acknowledged));
    page.Append(std::move(item));
  }
  return page;
}

std::optional<AcknowledgementResult> NotificationOutbox::Acknowledge(int64_t number,
                                                                     const MerchantReply& reply) {
  const int64_t now_ms = clock_();
  AcknowledgementResult result;
  result.problem = dialect_->ReplyProblem(reply, now_ms);
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(number);
  if (found == entries_.end()) return std::nullopt;
  Entry& entry = found->second;
  if (!result.problem.empty()) {
    ++counts_.bad_acknowledgements;
    if (entry.is_forged || entry.is_acknowledged || entry.is_resent) return result;
    entry.is_resent = true;
    ++counts_.resent;
    Entry again;
    again.order_id = entry.order_id;
    again.notification =
        dialect_->Sign(JsonValue::Parse(entry.notification.body).value(), now_ms, Account::kOwn);
    result.resent_as = Queue(std::move(again));  // may drop `entry`
  } else if (!entry.is_acknowledged) {
    entry.is_acknowledged = true;
    acknowledged_.insert(number);
    ++(entry.is_forged ? counts_.acknowledged_forgeries : counts_.acknowledged);
  }
  return result;
}

void NotificationOutbox::AddStats(JsonValue& stats) const {
  absl::MutexLock lock(&mutex_);
  stats.Set("notifications", JsonValue::Number(counts_.notifications));
  stats.Set("acknowledged", JsonValue::Number(counts_.acknowledged));
  stats.Set("resent", JsonValue::Number(counts_.resent));
  stats.Set("bad_acknowledgements", JsonValue::Number(counts_.bad_acknowledgements));
  stats.Set("forged_notifications", JsonValue::Number(counts_.forged));
  stats.Set("acknowledged_forgeries", JsonValue::Number(counts_.acknowledged_forgeries));
}

void NotificationOutbox::Reset() {
  absl::MutexLock lock(&mutex_);
  entries_.clear();
  acknowledged_.clear();
  counts_ = Counts();
}

}  // namespace cardvault::sandbox
