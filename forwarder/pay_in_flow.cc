#include "forwarder/pay_in_flow.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/ledger/request_digest.h"
#include "vault/records/card_use.h"

namespace cardvault {
namespace {

// A try is lost when another commit touched the payment or the card in between; each of those is a
// call of its own, so this many at once are a caller's mistake.
constexpr int kMaxTries = 32;

struct AuditReference {
  std::string text;
  friend absl::string_view SafeForLog(const AuditReference& reference) { return reference.text; }
};

SealedCardRef CardRef(const PayInInput& input, const StoredCard& card) {
  return {input.call.merchant,
          input.token,
          card.record.pan().key_version(),
          card.record.pan().sealed(),
          card.record.profile().key_version(),
          card.record.profile().sealed()};
}

// What callers with one payment_id must have in common to share a lease: whether and where its CVV
// may go is the route's matter. The caller's own text is last, as it could hold the separator.
std::string TermsOf(const PayInInput& input, const Route& route) {
  return absl::StrCat(input.token.text(), " ", route.name.value(), " ", static_cast<int>(route.cvv),
                      " ", input.cvv_id);
}

// What became of a request of which there is no answer.
PaymentOutcome Unanswered(PaymentState state, const absl::Status& error) {
  PaymentOutcome outcome;
  outcome.state = state;
  outcome.error_code = std::string(ReasonName(ReasonOf(error)));
  outcome.error_text = std::string(error.message());
  return outcome;
}

}  // namespace

void PayInFlow::Start(PaymentDesk desk, std::shared_ptr<void> keep_alive, PayInInput input,
                      Done done) {
  std::shared_ptr<PayInFlow> flow(
      new PayInFlow(desk, std::move(keep_alive), std::move(input), std::move(done)));
  flow->Decide();
}

PayInFlow::PayInFlow(PaymentDesk desk, std::shared_ptr<void> keep_alive, PayInInput input,
                     Done done)
    : keep_alive_(std::move(keep_alive)),
      desk_(desk),
      input_(std::move(input)),
      done_(std::move(done)) {}

void PayInFlow::Decide() {
  const PayInChecks checks(desk_.parts);
  absl::StatusOr<PayInChecks::Decision> decision = checks.Decide(input_);
  if (!decision.ok()) return Finish(decision.status());
  if (auto* recorded = std::get_if<storage::v1::PaymentRecord>(&*decision)) {
    return Finish(std::move(*recorded));
  }
  if (desk_.withdrawals.AreTooMany()) {
    return Finish(Unavailable(ErrorReason::kAuditUnavailable,
                              "the audit log could not be written for a while: try again later"));
  }
  prepared_ = std::get<PreparedPayIn>(*std::move(decision));
  const absl::Status entered = desk_.attempts.Enter(
      input_.call.merchant, prepared_->payment.row_key, TermsOf(input_, *prepared_->route),
      [&] { return checks.LeaseCvv(input_, prepared_->route->cvv); });
  if (!entered.ok()) return Finish(entered);
  SubmitIntent();
}

void PayInFlow::SubmitIntent() {
  absl::Status digested = absl::OkStatus();
  intent_ = prepared_->payment;
  storage::v1::PaymentRecord& record = intent_.record;
  if (intent_.revision == 0) {
    record.set_merchant(input_.call.merchant.value());
    record.set_payment_id(input_.payment_id.value());
    record.set_kind(static_cast<uint32_t>(PaymentKind::kPayIn));
    record.set_route(prepared_->route->name.value());
    record.set_token(std::string(input_.token.binary()));
    record.set_amount(input_.amount);
    record.set_currency(input_.currency);
    record.set_upstream_reference(prepared_->sent.reference);
    record.set_audit_reference(PaymentAuditReference(intent_.row_key));
    digested = RecordPayInDigest(*prepared_->keyring, input_, record);
  }
  // What may differ from one attempt to the next: the token may have got another card since.
  record.set_pan_generation(prepared_->card.record.pan_generation());
  record.set_connector(prepared_->route->connector);
  record.set_wire_exponent(static_cast<uint32_t>(prepared_->sent.wire_exponent));
  if (!digested.ok()) {
    desk_.attempts.Leave(intent_.row_key);
    return Finish(digested);
  }
  desk_.parts.pipeline.Submit(IntentSet(desk_.parts.clock.Now()),
                              [self = shared_from_this()](CommitResult result) {
                                self->IntentCompleted(std::move(result));
                              });
}

std::vector<Precondition> PayInFlow::NoOtherAttempt() const {
  if (prepared_->payment.revision != 0) return {PaymentLedger::Unchanged(prepared_->payment)};
  std::vector<Precondition> conditions;
  for (const std::string& key : prepared_->row_keys) {
    conditions.push_back(PaymentLedger::Absent(key));
  }
  return conditions;
}

WriteSet PayInFlow::IntentSet(absl::Time now) {
  BeginAttempt(now, intent_.record);
  WriteSet set;
  set.preconditions = NoOtherAttempt();
  AppendUse(input_.token, prepared_->card, now, set);
  PaymentLedger::Put(intent_, set);
  PaymentLedger::PutTokenRow(input_.token, intent_, now, set);
  set.leaves.push_back(
      IntentLeaf(intent_.record, input_.call.origin, prepared_->card.record.pan().key_version()));
  return set;
}

void PayInFlow::IntentCompleted(CommitResult result) {
  if (result.committed()) {
    // Opening the card and building the request would hold the commit thread up.
    return desk_.parts.executor.Post([self = shared_from_this()] { self->Send(); });
  }
  desk_.attempts.Leave(intent_.row_key);
  if (result.kind == CommitResult::Kind::kFailed) {
    if (ReasonOf(result.status) == ErrorReason::kAuditUnavailable) {
      desk_.withdrawals.Begin(keep_alive_, intent_, NoOtherAttempt(), input_.call.origin);
    }
    return Finish(std::move(result.status));
  }
  if (++tries_ == kMaxTries) {
    return Finish(Aborted(ErrorReason::kInProgress,
                          "other calls keep changing the same card or payment; try again"));
  }
  desk_.parts.executor.Post([self = shared_from_this()] { self->Decide(); });
}

void PayInFlow::Send() {
  absl::StatusOr<std::optional<CvvLease>> cvv =
      PayInChecks::FitLease(prepared_->route->cvv, desk_.attempts.BeginSending(intent_.row_key));
  if (!cvv.ok()) {
    OutboundAnswer refused;
    refused.delivery = OutboundAnswer::Delivery::kNotSent;
    refused.error = std::move(cvv).status();
    return Answered(std::move(refused));
  }
  const PayInOrder order{input_,
                         *prepared_->route->settings,
                         prepared_->sent.reference,
                         prepared_->sent.wire_amount,
                         cvv->has_value(),
                         prepared_->with_cardholder_name};
  OutboundRequest request;
  request.plan = prepared_->connector->PlanPayIn(order);
  request.transport = prepared_->route->transport;
  request.secrets = std::move(prepared_->secrets);
  request.keyring = prepared_->keyring;
  request.card = CardRef(input_, prepared_->card);
  request.cvv = *std::move(cvv);
  desk_.parts.outbound.Send(std::move(request), [self = shared_from_this()](OutboundAnswer answer) {
    self->Answered(std::move(answer));
  });
}

void PayInFlow::Answered(OutboundAnswer answer) {
  OutcomeNote note;
  note.row_key = intent_.row_key;
  note.attempt_mark = intent_.record.attempt_mark();
  note.origin = input_.call.origin;
  switch (answer.delivery) {
    case OutboundAnswer::Delivery::kAnswered:
      note.outcome = prepared_->connector->ReadPayInAnswer(answer, prepared_->sent);
      break;
    case OutboundAnswer::Delivery::kNotSent:
      note.outcome = Unanswered(PaymentState::kNotSent, answer.error);
      note.reason = ReasonOf(answer.error);
      break;
    case OutboundAnswer::Delivery::kUnknown:
      note.outcome = Unanswered(PaymentState::kInDoubt, answer.error);
      if (answer.http_status != 0) {
        note.outcome.error_code = absl::StrCat("HTTP_", answer.http_status);
      }
      note.reason = ReasonOf(answer.error);
      LogEvent(LogLevel::kWarning, "payment.in_doubt")
          .With("payment", AuditReference{intent_.record.audit_reference()})
          .With("route", prepared_->route->name)
          .With("http_status", answer.http_status)
          .With("status", answer.error);
      break;
  }
  if (note.reason == ErrorReason::kRecordCorrupt) note.corrupt_token = input_.token.text();
  if (answer.found_card) {
    LogEvent(LogLevel::kWarning, "payment.card_echoed")
        .With("payment", AuditReference{intent_.record.audit_reference()})
        .With("route", prepared_->route->name);
  }
  OutcomeWriter::Done written;
  written.settled = [self = shared_from_this()] {
    self->desk_.attempts.EndSending(self->intent_.row_key);
  };
  written.answer = [self = shared_from_this()](absl::StatusOr<storage::v1::PaymentRecord> record) {
    self->Finish(std::move(record));
  };
  desk_.outcomes.Write(std::move(note), std::move(written));
}

void PayInFlow::Finish(absl::StatusOr<storage::v1::PaymentRecord> result) {
  prepared_.reset();
  std::move(done_)(std::move(result));
}

}  // namespace cardvault
