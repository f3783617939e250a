#include "forwarder/ledger/payment_change.h"

#include <algorithm>
#include <utility>

#include "audit/action.h"
#include "base/check.h"
#include "base/random.h"
#include "base/sha256.h"
#include "forwarder/ledger/payment_state.h"

namespace cardvault {
namespace {

constexpr size_t kAttemptMarkSize = 8;
constexpr size_t kNotificationMarkSize = 16;  // 128 bits tell notifications of a payment apart

using storage::v1::PaymentEventRow;
using storage::v1::PaymentRecord;

const char* SourceName(EventSource source) {
  switch (source) {
    case EventSource::kIntent:
      return "intent";
    case EventSource::kAnswer:
      return "answer";
    case EventSource::kStatus:
      return "status";
    case EventSource::kNotification:
      return "notification";
    case EventSource::kOperator:
      return "operator";
    case EventSource::kRestart:
      return "restart";
    case EventSource::kReview:
      return "review";
  }
  return "";
}

PaymentEventRow& AddEvent(absl::Time now, PaymentState state, EventSource source,
                          PaymentRecord& record) {
  if (record.timeline_size() >= kMaxTimelineEvents) {
    record.mutable_timeline()->erase(record.timeline().begin() + 1);
  }
  PaymentEventRow& event = *record.add_timeline();
  event.set_time_micros(absl::ToUnixMicros(now));
  event.set_state(static_cast<uint32_t>(state));
  event.set_source(SourceName(source));
  return event;
}

// Makes room for one more, and never at the cost of one that a refund refers to.
void BoundIds(PaymentRecord& record) {
  auto* ids = record.mutable_upstream_ids();
  if (ids->size() < kMaxUpstreamIds) return;
  for (auto id = ids->begin(); id != ids->end(); ++id) {
    if (id->of_approval()) continue;
    ids->erase(id);
    return;
  }
  ids->erase(ids->begin());
}

storage::v1::UpstreamIdRow& FindOrAddId(const std::string& name, const std::string& value,
                                        PaymentRecord& record) {
  for (storage::v1::UpstreamIdRow& id : *record.mutable_upstream_ids()) {
    if (id.name() == name && id.value() == value) return id;
  }
  BoundIds(record);
  storage::v1::UpstreamIdRow& id = *record.add_upstream_ids();
  id.set_name(name);
  id.set_value(value);
  return id;
}

// What stays true whether or not the state moves.
void KeepDetails(const PaymentOutcome& outcome, PaymentRecord& record) {
  for (const auto& [name, value] : outcome.upstream_ids) {
    storage::v1::UpstreamIdRow& id = FindOrAddId(name, value, record);
    if (outcome.state == PaymentState::kApproved) id.set_of_approval(true);
  }
  if (!outcome.raw_status.empty()) record.set_raw_status(outcome.raw_status);
  if (!outcome.redirect_url.empty()) record.set_redirect_url(outcome.redirect_url);
  if (!outcome.processor.empty()) record.set_processor(outcome.processor);
  if (outcome.names_amount) record.set_of_unknown_amount(false);
  // What a word settles that is not the approval's is not known.
  if (outcome.state != PaymentState::kApproved || !outcome.settled_amount.has_value()) return;
  record.set_settled_amount(*outcome.settled_amount);
  record.set_of_unknown_amount(false);
  if (*outcome.settled_amount > record.amount()) record.set_needs_review(true);
}

void MarkConflict(PaymentRecord& record) {
  record.set_conflict(true);
  record.set_needs_review(true);
}

// The words for a payment that the upstream does not have.
bool IsDenial(PaymentState state) {
  return state == PaymentState::kNotSent || state == PaymentState::kRejected ||
         state == PaymentState::kNotReceived;
}

}  // namespace

bool IsUnheardOf(const PaymentRecord& record) {
  const auto state = static_cast<PaymentState>(record.state());
  return (state == PaymentState::kPending || state == PaymentState::kInDoubt ||
          state == PaymentState::kNotSent) &&
         record.upstream_ids().empty() && record.raw_status().empty() && !record.conflict();
}

bool MayBeNotReceived(const PaymentRecord& record) {
  return static_cast<PaymentState>(record.state()) == PaymentState::kInDoubt && IsUnheardOf(record);
}

void BeginAttempt(absl::Time now, PaymentRecord& record) {
  const auto state = static_cast<PaymentState>(record.state());
  CV_CHECK(record.attempt() == 0 || state == PaymentState::kNotSent);
  record.set_state(static_cast<uint32_t>(PaymentState::kPending));
  record.set_attempt(record.attempt() + 1);
  record.set_awaiting_answer(true);
  record.set_attempt_mark(RandomBytes(kAttemptMarkSize));
  record.clear_error_code();
  record.clear_error_text();
  if (record.create_micros() == 0) record.set_create_micros(absl::ToUnixMicros(now));
  record.set_update_micros(absl::ToUnixMicros(now));
  record.set_attempt_micros(absl::ToUnixMicros(now));
  AddEvent(now, PaymentState::kPending, EventSource::kIntent, record).set_applied(true);
}

void ApplyOutcome(const PaymentOutcome& outcome, EventSource source, absl::Time now,
                  PaymentRecord& record) {
  const auto current = static_cast<PaymentState>(record.state());
  const bool denies = IsDenial(outcome.state) && outcome.state != current &&
                      source != EventSource::kOperator && !IsUnheardOf(record);
  const bool conflict = outcome.conflict || denies;
  const PaymentState incoming = conflict ? PaymentState::kInDoubt : outcome.state;
  PaymentEventRow& event = AddEvent(now, incoming, source, record);
  event.set_raw_status(outcome.raw_status);
  record.set_update_micros(absl::ToUnixMicros(now));
  if (IsOwnAttempt(source) || source == EventSource::kRestart) record.set_awaiting_answer(false);
  if (outcome.needs_review) record.set_needs_review(true);
  // What never left here cannot have got there.
  const bool unsent = current == PaymentState::kNotSent && !IsOwnAttempt(source) &&
                      incoming != PaymentState::kNotReceived;
  if (conflict || unsent) {
    MarkConflict(record);
  } else if (IsFinal(current) && IsFinal(incoming) && current != incoming) {
    MarkConflict(record);
    return;
  }
  if (!conflict) KeepDetails(outcome, record);
  if (source == EventSource::kOperator) {
    record.set_needs_review(false);
    // A person said which of two words is true. One that never left stays closed, and a refund
    // goes on counting against its original.
    const bool is_refund = record.kind() == static_cast<uint32_t>(PaymentKind::kRefund);
    if (!unsent && !is_refund) record.set_conflict(false);
  }
  if (current == incoming) record.set_action(static_cast<uint32_t>(outcome.action));
  if (!CanMove(current, incoming)) return;
  event.set_applied(true);
  record.set_state(static_cast<uint32_t>(incoming));
  record.set_action(static_cast<uint32_t>(outcome.action));
  record.set_error_code(outcome.error_code);
  record.set_error_text(outcome.error_text);
}

bool SaysNothingNew(const PaymentOutcome& outcome, const PaymentRecord& record) {
  PaymentRecord changed = record;
  ApplyOutcome(outcome, EventSource::kStatus, absl::FromUnixMicros(record.update_micros()),
               changed);
  *changed.mutable_timeline() = record.timeline();
  return changed.SerializeAsString() == record.SerializeAsString();
}

std::string NotificationMark(absl::string_view identity) {
  return Sha256(identity).substr(0, kNotificationMarkSize);
}

bool HasNotificationMark(absl::string_view mark, const PaymentRecord& record) {
  return std::any_of(record.notification_marks().begin(), record.notification_marks().end(),
                     [&](const std::string& known) { return known == mark; });
}

bool AddNotificationMark(absl::string_view mark, PaymentRecord& record) {
  if (HasNotificationMark(mark, record)) return false;
  auto& marks = *record.mutable_notification_marks();
  if (marks.size() >= kMaxNotificationMarks) marks.erase(marks.begin());
  record.add_notification_marks(std::string(mark));
  return true;
}

AuditLeaf PaymentLeaf(AuditAction action, const PaymentRecord& record, const AuditOrigin& origin) {
  AuditLeaf leaf{};
  leaf.action = action;
  leaf.origin = origin;
  leaf.object = record.audit_reference();
  return leaf;
}

AuditLeaf IntentLeaf(const PaymentRecord& record, const AuditOrigin& origin,
                     uint32_t pan_key_version) {
  AuditLeaf leaf = PaymentLeaf(AuditAction::kPaymentIntended, record, origin);
  leaf.key_version = pan_key_version;
  return leaf;
}

AuditLeaf OutcomeLeaf(const PaymentRecord& record, const AuditOrigin& origin, ErrorReason reason) {
  AuditLeaf leaf = PaymentLeaf(AuditAction::kPaymentOutcome, record, origin);
  leaf.reason = reason;
  switch (static_cast<PaymentState>(record.state())) {
    case PaymentState::kDeclined:
    case PaymentState::kCancelled:
    case PaymentState::kRejected:
      leaf.outcome = AuditOutcome::kRefused;
      break;
    case PaymentState::kNotSent:
    case PaymentState::kNotReceived:
    case PaymentState::kInDoubt:
      leaf.outcome = AuditOutcome::kFailed;
      break;
    case PaymentState::kPending:
    case PaymentState::kRedirectRequired:
    case PaymentState::kAuthorized:
    case PaymentState::kApproved:
      leaf.outcome = AuditOutcome::kSuccess;
      break;
  }
  return leaf;
}

}  // namespace cardvault
