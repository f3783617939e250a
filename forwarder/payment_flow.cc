#include "forwarder/payment_flow.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/protections.h"
#include "base/status.h"
#include "forwarder/ledger/payment_change.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/ledger/request_digest.h"
#include "forwarder/payment_reference.h"
#include "vault/records/card_use.h"

namespace cardvault {
namespace {

// A try is lost when another commit touched the payment or the card in between; each of those is a
// call of its own, so this many at once are a caller's mistake.
constexpr int kMaxTries = 32;

SealedCardRef CardRef(const PaymentRequest& request, const StoredCard& card) {
  return {request.call.merchant,
          request.token,
          card.record.pan().key_version(),
          card.record.pan().sealed(),
          card.record.profile().key_version(),
          card.record.profile().sealed()};
}

// What callers with one payment_id must have in common to share a lease: whether and where its CVV
// may go is the route's matter. The caller's own text is last, as it could hold the separator.
std::string TermsOf(const PaymentRequest& request, const PreparedPayment& prepared) {
  return absl::StrCat(request.token.text(), " ", prepared.route->name.value(), " ",
                      static_cast<int>(prepared.cvv), " ", request.cvv_id);
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

void PaymentFlow::Start(PaymentDesk desk, std::shared_ptr<void> keep_alive, PaymentRequest request,
                        Done done) {
  std::shared_ptr<PaymentFlow> flow(
      new PaymentFlow(desk, std::move(keep_alive), std::move(request), std::move(done)));
  flow->Decide();
}

PaymentFlow::PaymentFlow(PaymentDesk desk, std::shared_ptr<void> keep_alive, PaymentRequest request,
                         Done done)
    : keep_alive_(std::move(keep_alive)),
      desk_(desk),
      request_(std::move(request)),
      done_(std::move(done)) {}

void PaymentFlow::Decide() {
  const PaymentChecks checks(desk_.parts);
  absl::StatusOr<PaymentChecks::Decision> decision = checks.Decide(request_);
  if (!decision.ok()) return Finish(decision.status());
  if (auto* recorded = std::get_if<storage::v1::PaymentRecord>(&*decision)) {
    return Finish(std::move(*recorded));
  }
  if (desk_.withdrawals.AreTooMany()) {
    return Finish(Unavailable(ErrorReason::kAuditUnavailable,
                              "the audit log could not be written for a while: try again later"));
  }
  prepared_ = std::get<PreparedPayment>(*std::move(decision));
  const absl::Status entered =
      desk_.attempts.Enter(request_.call.merchant, AttemptKey(), TermsOf(request_, *prepared_),
                           [&] { return checks.LeaseCvv(request_, prepared_->cvv); });
  if (!entered.ok()) return Finish(WithoutEntry(checks, entered));
  // Last: what is refused takes none of the places that merchants share.
  if (tries_ == 0) {
    const absl::Status taken = desk_.rate.Take(*prepared_->route);
    if (!taken.ok()) {
      desk_.attempts.Leave(AttemptKey());
      return Finish(taken);
    }
  }
  if (desk_.look_up.IsWanted() && !looked_up_.has_value()) return LookUp();
  SubmitIntent();
}

void PaymentFlow::LookUp() {
  desk_.look_up.Ask(keep_alive_, prepared_->route, *prepared_->connector, prepared_->sent,
                    [self = shared_from_this()](StatusReport report) {
                      self->desk_.parts.executor.Post([self, report = std::move(report)]() mutable {
                        self->LookedUp(std::move(report));
                      });
                    });
}

void PaymentFlow::LookedUp(StatusReport report) {
  if (report.kind == StatusReport::Kind::kUseless) {
    desk_.attempts.Leave(AttemptKey());
    return Finish(Unavailable(ErrorReason::kLookUpFailed,
                              "the vault was restored, and the upstream does not say whether it "
                              "has this payment: nothing was sent, try again"));
  }
  looked_up_ = std::move(report);
  SubmitIntent();
}

// Neither id can hold a blank.
std::string PaymentFlow::AttemptKey() const {
  return absl::StrCat(request_.call.merchant.value(), " ", request_.payment_id.value());
}

absl::StatusOr<storage::v1::PaymentRecord> PaymentFlow::WithoutEntry(const PaymentChecks& checks,
                                                                     absl::Status why) const {
  const ErrorReason reason = ReasonOf(why);
  if (reason != ErrorReason::kCvvRequired && reason != ErrorReason::kCvvExpired) return why;
  // The code may have gone with another call of this very payment, whose intent was committed, and
  // which may have ended, since the ledger was read.
  ASSIGN_OR_RETURN(PaymentChecks::Decision decision, checks.Decide(request_));
  if (auto* recorded = std::get_if<storage::v1::PaymentRecord>(&decision)) {
    return std::move(*recorded);
  }
  return why;
}

absl::Status PaymentFlow::FillNewRecord() {
  storage::v1::PaymentRecord& record = intent_.record;
  record.set_merchant(request_.call.merchant.value());
  record.set_payment_id(request_.payment_id.value());
  record.set_kind(static_cast<uint32_t>(request_.kind));
  record.set_route(prepared_->route->name.value());
  record.set_token(std::string(request_.token.binary()));
  record.set_amount(request_.amount);
  record.set_currency(request_.currency);
  record.set_upstream_reference(prepared_->sent.reference);
  record.set_audit_reference(PaymentAuditReference(intent_.row_key));
  if (prepared_->original.has_value()) {
    record.set_original_payment_id(request_.original->value());
    record.set_original_row_key(prepared_->original->payment.row_key);
  }
  return RecordRequestDigest(*prepared_->keyring, request_, record);
}

void PaymentFlow::SubmitIntent() {
  intent_ = prepared_->payment;
  absl::StatusOr<WriteSet> set = IntentSet(desk_.parts.clock.Now());
  if (!set.ok()) {
    desk_.attempts.Leave(AttemptKey());
    return Finish(set.status());
  }
  if (ProtectionIsOff(Protection::kIntentFirst)) {
    late_intent_ = *std::move(set);
    return Send();
  }
  desk_.parts.pipeline.Submit(*std::move(set), [self = shared_from_this()](CommitResult result) {
    self->IntentCompleted(std::move(result));
  });
}

Precondition PaymentFlow::IntentIsNotThere() const {
  const StoredPayment& before = prepared_->payment;
  return before.revision != 0 ? PaymentLedger::Unchanged(before) : PaymentLedger::Absent(before);
}

absl::StatusOr<WriteSet> PaymentFlow::IntentSet(absl::Time now) {
  const bool is_new = intent_.revision == 0;
  storage::v1::PaymentRecord& record = intent_.record;
  if (is_new) RETURN_IF_ERROR(FillNewRecord());
  // What may differ from one attempt to the next: the token may have got another card since.
  record.set_connector(prepared_->route->connector);
  record.set_upstream_account(prepared_->route->account);
  record.set_wire_exponent(static_cast<uint32_t>(prepared_->sent.wire_exponent));
  if (prepared_->card.has_value()) {
    record.set_pan_generation(prepared_->card->record.pan_generation());
  }
  BeginAttempt(now, record);
  const bool is_found = WasFound();
  if (is_found) {
    PaymentOutcome outcome;
    outcome.state = PaymentState::kInDoubt;
    outcome.error_text = "the upstream has this payment, and the restored ledger had not";
    ApplyOutcome(outcome, EventSource::kRestart, now, record);
  }
  WriteSet set;
  set.preconditions.push_back(IntentIsNotThere());
  if (prepared_->original.has_value()) {
    const RefundOriginal& original = *prepared_->original;
    for (Precondition& condition : original.Unchanged()) {
      set.preconditions.push_back(std::move(condition));
    }
    RefundLedger::Put(original.payment.row_key, intent_.row_key, original.standing, is_new, set);
  }
  if (prepared_->card.has_value()) {
    if (request_.kind == PaymentKind::kRefund) {
      AppendUnchanged(request_.token, *prepared_->card, set);
    } else {
      AppendUse(request_.token, *prepared_->card, now, set);
    }
  }
  PaymentLedger::Put(intent_, set);
  PaymentLedger::PutTokenRow(request_.token, intent_, now, set);
  if (is_new) {
    set.sealed_under.push_back({KeyPurpose::kRequestDigest, record.digest_key_version()});
    RETURN_IF_ERROR(PaymentIndex::Add(*prepared_->keyring, intent_, set));
  }
  if (is_found) {
    set.leaves.push_back(
        PaymentLeaf(AuditAction::kPaymentFoundUpstream, record, request_.call.origin));
    return set;
  }
  set.leaves.push_back(
      IntentLeaf(record, request_.call.origin,
                 prepared_->card.has_value() ? prepared_->card->record.pan().key_version() : 0));
  return set;
}

void PaymentFlow::IntentCompleted(CommitResult result) {
  if (result.committed() && WasFound()) return EnterFound();
  if (result.committed()) {
    // Opening the card and building the request would hold the commit thread up.
    return desk_.parts.executor.Post([self = shared_from_this()] { self->Send(); });
  }
  desk_.attempts.Leave(AttemptKey());
  if (result.kind == CommitResult::Kind::kFailed) {
    // Of one that was found nothing is withdrawn: should it be there, the reconciler asks for it.
    if (ReasonOf(result.status) == ErrorReason::kAuditUnavailable && !WasFound()) {
      desk_.withdrawals.Begin(keep_alive_, intent_, IntentIsNotThere(), request_.call.origin);
    }
    return Finish(std::move(result.status));
  }
  if (++tries_ == kMaxTries) {
    return Finish(Aborted(ErrorReason::kInProgress,
                          "other calls keep changing the same card or payment; try again"));
  }
  desk_.parts.executor.Post([self = shared_from_this()] { self->Decide(); });
}

bool PaymentFlow::WasFound() const {
  return looked_up_.has_value() && looked_up_->kind == StatusReport::Kind::kFound;
}

void PaymentFlow::EnterFound() {
  desk_.attempts.Leave(AttemptKey());
  OutcomeNote note;
  note.row_key = intent_.row_key;
  note.outcome = looked_up_->outcome;
  note.source = EventSource::kStatus;
  note.origin = request_.call.origin;
  OutcomeWriter::Done written;
  written.settled = [] {};
  written.answer = [self = shared_from_this()](absl::StatusOr<storage::v1::PaymentRecord> record) {
    self->Finish(std::move(record));
  };
  desk_.outcomes.Write(std::move(note), std::move(written));
}

void PaymentFlow::Send() {
  absl::StatusOr<std::optional<CvvLease>> cvv =
      PaymentChecks::FitLease(prepared_->cvv, desk_.attempts.BeginSending(AttemptKey()));
  if (!cvv.ok()) {
    OutboundAnswer refused;
    refused.delivery = OutboundAnswer::Delivery::kNotSent;
    refused.error = std::move(cvv).status();
    return Answered(std::move(refused));
  }
  OutboundRequest request;
  request.plan = prepared_->connector->PlanOrder(prepared_->Order(request_, cvv->has_value()));
  request.transport = prepared_->route->transport;
  request.secrets = std::move(prepared_->secrets);
  request.keyring = prepared_->keyring;
  if (prepared_->card.has_value()) request.card = CardRef(request_, *prepared_->card);
  request.cvv = *std::move(cvv);
  desk_.parts.outbound.Send(std::move(request), [self = shared_from_this()](OutboundAnswer answer) {
    self->Answered(std::move(answer));
  });
}

void PaymentFlow::Answered(OutboundAnswer answer) {
  if (late_intent_.has_value()) {
    WriteSet set = *std::exchange(late_intent_, std::nullopt);
    desk_.parts.pipeline.Submit(
        std::move(set), [self = shared_from_this(), answer = std::move(answer)](
                            const CommitResult&) mutable { self->Answered(std::move(answer)); });
    return;
  }
  OutcomeNote note;
  note.row_key = intent_.row_key;
  note.attempt_mark = intent_.record.attempt_mark();
  note.origin = request_.call.origin;
  switch (answer.delivery) {
    case OutboundAnswer::Delivery::kAnswered:
      note.outcome = prepared_->connector->ReadAnswer(answer, prepared_->sent);
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
          .With("payment", PaymentReference{intent_.record.audit_reference()})
          .With("route", prepared_->route->name)
          .With("http_status", answer.http_status)
          .With("status", answer.error);
      break;
  }
  if (note.reason == ErrorReason::kRecordCorrupt) note.corrupt_token = request_.token.text();
  if (answer.found_card) {
    LogEvent(LogLevel::kWarning, "payment.card_echoed")
        .With("payment", PaymentReference{intent_.record.audit_reference()})
        .With("route", prepared_->route->name);
  }
  OutcomeWriter::Done written;
  written.settled = [self = shared_from_this()] {
    self->desk_.attempts.EndSending(self->AttemptKey());
  };
  written.answer = [self = shared_from_this()](absl::StatusOr<storage::v1::PaymentRecord> record) {
    self->Finish(std::move(record));
  };
  desk_.outcomes.Write(std::move(note), std::move(written));
}

void PaymentFlow::Finish(absl::StatusOr<storage::v1::PaymentRecord> result) {
  prepared_.reset();
  std::move(done_)(std::move(result));
}

}  // namespace cardvault
