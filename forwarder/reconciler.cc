#include "forwarder/reconciler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/log.h"
#include "base/status.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payment_reference.h"

namespace cardvault {
namespace {

// Beyond this many questions the wait is the longest anyway.
constexpr int kMaxDoublings = 20;
// When a route is asked as much as it may be, others are tried in between.
constexpr absl::Duration kFullRouteWait = absl::Milliseconds(500);

AuditOrigin Own() {
  AuditOrigin origin;
  origin.principal = "cardvaultd";
  return origin;
}

absl::Time AttemptTime(const storage::v1::PaymentRecord& record) {
  return absl::FromUnixMicros(record.attempt_micros());
}

absl::Duration FirstWait(uint32_t state, const ReconcileSettings& settings) {
  return static_cast<PaymentState>(state) == PaymentState::kInDoubt ? settings.in_doubt_after
                                                                    : settings.pending_after;
}

}  // namespace

absl::Duration LookWait(const std::vector<RouteInForce>& routes) {
  absl::Duration shortest = kLongestLookWait * kLooksPerWait;
  for (const RouteInForce& route : routes) {
    const ReconcileSettings& settings = route.route->reconcile;
    shortest = std::min({shortest, settings.in_doubt_after, settings.pending_after,
                         settings.max_interval, settings.not_found_interval});
  }
  return std::max(shortest / kLooksPerWait, kShortestLookWait);
}

Reconciler::~Reconciler() { Stop(); }

void Reconciler::Start(std::weak_ptr<void> keep_alive) {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this, keep_alive = std::move(keep_alive)] { Run(keep_alive); });
}

void Reconciler::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Reconciler::Run(std::weak_ptr<void> keep_alive) {
  while (true) {
    {
      // Behind a full look there are further rows.
      const absl::Duration wait =
          cursor_.empty() ? LookWait(parts_.routes.All()) : kShortestLookWait;
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait);
      if (stopping_) return;
    }
    const std::shared_ptr<void> alive = keep_alive.lock();
    if (alive == nullptr) return;
    const absl::Status looked = LookAtNext(alive);
    if (!looked.ok()) LogEvent(LogLevel::kError, "reconciler.failed").With("status", looked);
  }
}

absl::Status Reconciler::LookAtNext(const std::shared_ptr<void>& keep_alive) {
  ASSIGN_OR_RETURN(const std::vector<PaymentLedger::OpenPayment> rows,
                   PaymentLedger(parts_.engine).ScanOpen(cursor_, kOpenRowsPerLook));
  absl::Status status;
  for (const PaymentLedger::OpenPayment& open : rows) {
    absl::StatusOr<std::optional<Due>> due = Look(open);
    if (!due.ok()) {
      status = due.status();  // one damaged payment does not keep the others waiting
    } else if (due->has_value()) {
      Ask(keep_alive, **std::move(due));
    }
  }
  if (rows.size() == kOpenRowsPerLook) {
    cursor_ = rows.back().row_key;
    return status;
  }
  // All were seen: what was not is open no more.
  cursor_.clear();
  absl::MutexLock lock(&mutex_);
  for (auto it = watches_.begin(); it != watches_.end();) {
    it = it->second.round == round_ || it->second.is_asking ? std::next(it) : watches_.erase(it);
  }
  ++round_;
  return status;
}

absl::StatusOr<std::optional<Reconciler::Due>> Reconciler::Look(
    const PaymentLedger::OpenPayment& open) {
  if (open.row.awaiting_answer()) return std::nullopt;  // its own attempt is at work
  const absl::Time now = parts_.clock.Now();
  {
    absl::MutexLock lock(&mutex_);
    const auto known = watches_.find(open.row_key);
    if (known != watches_.end()) {
      known->second.round = round_;
      const bool changed = known->second.update_micros != open.row.update_micros();
      if (known->second.is_asking || (!changed && now < known->second.next)) return std::nullopt;
    } else if (watches_.size() >= kMaxWatchedPayments) {
      return std::nullopt;
    }
  }
  ASSIGN_OR_RETURN(std::optional<StoredPayment> payment,
                   PaymentLedger(parts_.engine).Read(open.row_key));
  if (!payment.has_value() || payment->record.awaiting_answer()) return std::nullopt;
  ASSIGN_OR_RETURN(const RouteName name, RouteName::Parse(payment->record.route(), "route"));
  const absl::StatusOr<RouteInForce> route = parts_.routes.InForce(name);
  if (!route.ok()) return std::nullopt;
  const ReconcileSettings& settings = route->route->reconcile;
  absl::MutexLock lock(&mutex_);
  Watch& watch = watches_[open.row_key];
  watch.round = round_;
  if (watch.update_micros != payment->record.update_micros()) {
    const int64_t update_micros = payment->record.update_micros();
    watch.update_micros = update_micros;
    watch.asked = 0;
    watch.first_not_found.reset();
    watch.next = absl::FromUnixMicros(update_micros) + FirstWait(payment->record.state(), settings);
  }
  if (now < watch.next) return std::nullopt;
  watch.is_asking = true;
  return Due{*std::move(payment), settings, route->route->transport.total_timeout};
}

void Reconciler::Ask(const std::shared_ptr<void>& keep_alive, Due due) {
  if (!due.payment.record.needs_review() &&
      parts_.clock.Now() - AttemptTime(due.payment.record) >= due.settings.review_after) {
    MarkForReview(due.payment);
  }
  asked_count_.fetch_add(1);
  StoredPayment payment = due.payment;
  inquiries_.Ask(keep_alive, std::move(payment), Own(), StatusInquiries::Asker::kReconciler,
                 [this, keep_alive, due = std::move(due)](StatusInquiries::Told told) {
                   Answered(due, told);
                 });
}

void Reconciler::Answered(const Due& due, StatusInquiries::Told told) {
  const absl::Time now = parts_.clock.Now();
  const ReconcileSettings& settings = due.settings;
  bool was_never_received = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto known = watches_.find(due.payment.row_key);
    if (known == watches_.end()) return;
    Watch& watch = known->second;
    watch.is_asking = false;
    if (told == StatusInquiries::Told::kNotAsked) {
      watch.next = now + kFullRouteWait;
      return;
    }
    ++watch.asked;
    watch.next =
        now + Wait(watch, FirstWait(due.payment.record.state(), settings), settings.max_interval);
    if (told == StatusInquiries::Told::kOutcome) watch.first_not_found.reset();
    if (told == StatusInquiries::Told::kNotFound && MayBeNotReceived(due.payment.record)) {
      const absl::Time counts_from =
          NotFoundCountsFrom(AttemptTime(due.payment.record), due.total_timeout, settings);
      if (now < counts_from) {
        watch.next = std::min(watch.next, counts_from);
      } else if (!watch.first_not_found.has_value()) {
        watch.first_not_found = now;
        watch.next = now + settings.not_found_interval;
      } else {
        was_never_received = now - *watch.first_not_found >= settings.not_found_interval;
      }
    }
  }
  if (was_never_received) EndAsNotReceived(due.payment);
}

// Twice as long each time, less up to a half, so that payments of one outage do not come back
// together.
absl::Duration Reconciler::Wait(const Watch& watch, absl::Duration first, absl::Duration longest) {
  absl::Duration wait = first;
  for (int i = 0; i < std::min(watch.asked, kMaxDoublings) && wait < longest; ++i) wait *= 2;
  wait = std::min(wait, longest);
  const double part = std::uniform_real_distribution<double>(0.5, 1.0)(jitter_);
  return wait * part;
}

void Reconciler::MarkForReview(const StoredPayment& payment) {
  OutcomeNote note;
  note.row_key = payment.row_key;
  note.outcome.needs_review = true;
  note.source = EventSource::kReview;
  note.origin = Own();
  outcomes_.Write(std::move(note), {nullptr, [] {}});
}

void Reconciler::EndAsNotReceived(const StoredPayment& payment) {
  OutcomeNote note;
  note.row_key = payment.row_key;
  note.outcome.state = PaymentState::kNotReceived;
  note.outcome.error_text = "the upstream has no such payment";
  note.source = EventSource::kStatus;
  note.origin = Own();
  outcomes_.Write(std::move(note), {nullptr, [] {}});
}

}  // namespace cardvault
