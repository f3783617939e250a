#include "forwarder/notification/notification_flow.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "forwarder/connector_registry.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/sent_payment.h"

namespace cardvault {
namespace {

absl::Status UnknownRoute() {
  return InvalidArgument(ErrorReason::kRouteUnknown, "route", "there is no such route");
}

// What came is in the ledger but for the word, which of an older notification is an older one.
bool RepeatsLedger(PaymentOutcome told, const storage::v1::PaymentRecord& record) {
  told.raw_status = record.raw_status();
  return SaysNothingNew(told, record);
}

// What a notification whose proof leaves something open may do by itself: call a person, where it
// speaks of another payment or sum, contradicts an end, is an event after one, or is of a payment
// that never left. nullopt: a status call tells.
std::optional<PaymentOutcome> CallForPerson(const PaymentOutcome& told,
                                            const storage::v1::PaymentRecord& record) {
  const auto known = static_cast<PaymentState>(record.state());
  const bool contradicts = IsFinal(known) && IsFinal(told.state) && known != told.state;
  if (!contradicts && !told.conflict && !told.needs_review && known != PaymentState::kNotSent) {
    return std::nullopt;
  }
  PaymentOutcome call;
  call.conflict = told.conflict;
  call.needs_review = true;
  // Of an open payment the next look-up's word must not seem to repeat this one.
  if (!IsOpen(known)) call.raw_status = told.raw_status;
  // An end moves no other end: it is kept as a conflict.
  if (contradicts) call.state = told.state;
  return call;
}

}  // namespace

void NotificationFlow::Start(const PaymentParts& parts, OutcomeWriter& outcomes,
                             StatusInquiries& inquiries, std::shared_ptr<void> keep_alive,
                             NotificationInput input, Done done) {
  std::shared_ptr<NotificationFlow> flow(new NotificationFlow(
      parts, outcomes, inquiries, std::move(keep_alive), std::move(input), std::move(done)));
  flow->Run();
}

NotificationFlow::NotificationFlow(const PaymentParts& parts, OutcomeWriter& outcomes,
                                   StatusInquiries& inquiries, std::shared_ptr<void> keep_alive,
                                   NotificationInput input, Done done)
    : parts_(parts),
      outcomes_(outcomes),
      inquiries_(inquiries),
      keep_alive_(std::move(keep_alive)),
      input_(std::move(input)),
      done_(std::move(done)) {}

void NotificationFlow::Run() {
  const absl::Status routed = ReadRoute();
  if (!routed.ok()) return std::move(done_)(routed);
  const MessageHeaders headers = input_.message.headers;
  absl::StatusOr<ReadMessage> message =
      ReadIncoming(std::move(input_.message), connector_->NotificationRule(*route_->settings),
                   secrets_, nullptr);
  if (!message.ok()) return Refuse(ErrorReason::kFieldInvalid);
  message_ = *std::move(message);
  if (message_.found_card) {
    LogEvent(LogLevel::kWarning, "notification.card_number_masked").With("route", route_->name);
  }
  if (message_.has_proof && !message_.verified) return Refuse(ErrorReason::kUnverified);
  const NotificationNews news = connector_->ReadNotification(message_, headers, *route_->settings);
  const ErrorReason refusal = Judge(news);
  if (refusal != ErrorReason::kUnspecified) return Refuse(refusal);

  absl::StatusOr<std::optional<StoredPayment>> payment =
      PaymentIndex(parts_.engine)
          .FindByReference(parts_.keyring, input_.call.merchant, input_.route, news.reference);
  if (!payment.ok()) return std::move(done_)(payment.status());
  if (!payment->has_value()) return Refuse(ErrorReason::kPaymentNotFound);
  // Another account's order of the same id is another payment.
  if ((*payment)->record.upstream_account() != route_->account) {
    return Refuse(ErrorReason::kForeign);
  }
  const absl::StatusOr<SentPayment> sent = SentPaymentOf((*payment)->record);
  if (!sent.ok()) return std::move(done_)(sent.status());
  PaymentOutcome outcome = connector_->ReadNotifiedOutcome(message_, *sent, *route_->settings);
  result_.raw_status = outcome.raw_status;
  result_.state = outcome.state;
  if (!message_.has_proof) return Confirm(**std::move(payment));
  if (news.needs_confirming) {
    return TakeHint(**std::move(payment), std::move(outcome), news.identity);
  }
  TakeIn(**std::move(payment), std::move(outcome), news.identity);
}

absl::Status NotificationFlow::ReadRoute() {
  // A route that was disabled hears of what it sent all the same.
  absl::StatusOr<RouteInForce> in_force = parts_.routes.InForce(input_.route);
  if (!in_force.ok()) return UnknownRoute();
  route_ = in_force->route;
  const std::vector<MerchantId>& owners = route_->owners;
  if (std::find(owners.begin(), owners.end(), input_.call.merchant) == owners.end()) {
    return UnknownRoute();
  }
  connector_ = FindConnector(route_->connector);
  if (connector_ == nullptr) {
    return Internal(ErrorReason::kInternal, "a route has a connector that does not exist");
  }
  ASSIGN_OR_RETURN(secrets_, parts_.routes.OpenCredentials(*route_));
  return absl::OkStatus();
}

ErrorReason NotificationFlow::Judge(const NotificationNews& news) const {
  if (news.is_foreign) return ErrorReason::kForeign;
  if (news.reference.empty()) return ErrorReason::kPaymentNotFound;
  if (!news.time.has_value()) return ErrorReason::kUnspecified;
  const absl::Time now = parts_.clock.Now() + route_->transport.clock_offset;
  const bool is_timely =
      *news.time >= now - kMaxNotificationAge && *news.time <= now + kMaxNotificationLead;
  return is_timely ? ErrorReason::kUnspecified : ErrorReason::kStale;
}

void NotificationFlow::TakeIn(StoredPayment payment, PaymentOutcome outcome,
                              absl::string_view identity) {
  OutcomeNote note;
  note.row_key = payment.row_key;
  note.outcome = std::move(outcome);
  note.source = EventSource::kNotification;
  note.origin = input_.call.origin;
  note.notification_mark = NotificationMark(identity);
  result_.repeated = HasNotificationMark(note.notification_mark, payment.record);
  if (note.outcome.conflict) {
    result_.refusal = ErrorReason::kConflict;
    note.reason = ErrorReason::kConflict;
  }
  if (result_.repeated) {
    result_.payment = std::move(payment.record);
    return result_.refusal == ErrorReason::kUnspecified ? Acknowledge() : Finish();
  }
  OutcomeWriter::Done written;
  written.settled = [] {};
  written.answer = [self = shared_from_this(), before = payment.record.state()](
                       absl::StatusOr<storage::v1::PaymentRecord> record) {
    if (!record.ok()) return std::move(self->done_)(std::move(record).status());
    NotificationResult& result = self->result_;
    result.applied =
        before != record->state() && record->state() == static_cast<uint32_t>(result.state);
    result.payment = *std::move(record);
    if (result.refusal == ErrorReason::kUnspecified) return self->Acknowledge();
    self->Finish();
  };
  outcomes_.Write(std::move(note), std::move(written));
}

void NotificationFlow::TakeHint(StoredPayment payment, PaymentOutcome told,
                                absl::string_view identity) {
  if (!told.conflict && RepeatsLedger(told, payment.record)) {
    result_.repeated = true;
    result_.payment = std::move(payment.record);
    return Acknowledge();
  }
  std::optional<PaymentOutcome> call = CallForPerson(told, payment.record);
  if (!call.has_value()) return Confirm(std::move(payment));
  TakeIn(std::move(payment), *std::move(call), identity);
}

void NotificationFlow::Confirm(StoredPayment payment) {
  result_.unconfirmed = true;
  const std::string row_key = payment.row_key;
  const uint32_t before = payment.record.state();
  // Its own answer is on the way: that says more than a hint.
  if (payment.record.awaiting_answer()) {
    result_.payment = std::move(payment.record);
    return Finish();
  }
  inquiries_.Ask(keep_alive_, std::move(payment), input_.call.origin, StatusInquiries::Asker::kHint,
                 [self = shared_from_this(), row_key, before](StatusInquiries::Told told) {
                   absl::StatusOr<std::optional<StoredPayment>> now =
                       PaymentLedger(self->parts_.engine).Read(row_key);
                   if (!now.ok()) return std::move(self->done_)(now.status());
                   if (now->has_value()) {
                     self->result_.applied = before != (*now)->record.state();
                     self->result_.payment = std::move((*now)->record);
                   }
                   if (told == StatusInquiries::Told::kOutcome) return self->Acknowledge();
                   self->Finish();
                 });
}

void NotificationFlow::Refuse(ErrorReason why) {
  result_.refusal = why;
  Finish();
}

void NotificationFlow::Acknowledge() {
  const AcknowledgementPlan plan = connector_->PlanAcknowledgement(*route_->settings);
  absl::StatusOr<SignedAnswer> answer = BuildSignedAnswer(
      plan.body, plan.signer, secrets_, parts_.clock.Now() + route_->transport.clock_offset);
  if (!answer.ok()) return std::move(done_)(std::move(answer).status());
  result_.acknowledgement = *std::move(answer);
  Finish();
}

void NotificationFlow::Finish() { std::move(done_)(std::move(result_)); }

}  // namespace cardvault
