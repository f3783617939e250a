#include "tests/torture/payer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/test_requests.h"

namespace cardvault::torture {
namespace {

using testing::Call;

// A caller that gives up does so while a slow answer is awaited.
constexpr absl::Duration kShortPatience = absl::Milliseconds(40);
// Longer than any answer, restart included, on a loaded machine.
constexpr absl::Duration kLongPatience = absl::Seconds(60);
// What a merchant does that is told IN_PROGRESS.
constexpr absl::Duration kRetryWait = absl::Milliseconds(20);
// Then it is left to a later caller: an outage ends after some operations, not some time.
constexpr int kMaxNotSent = 3;
// Of gateways that fail or lie when they are asked for the first time.
constexpr int kMaxNotSentAgain = 20;
constexpr int kPageSize = 200;
constexpr char kLookUpFailed[] = "LOOK_UP_FAILED";

// Of a refund: what it asks for cannot be, or not yet.
bool IsRefusedRefund(const std::string& reason) {
  return reason == "NOT_REFUNDABLE" || reason == "REFUND_TOO_LARGE" ||
         reason == "PAYMENT_NOT_FOUND" || reason == "CARD_CHANGED";  // of a sale that was found
}

bool IsWithoutCvv(const std::string& reason) {
  return reason == "CVV_REQUIRED" || reason == "CVV_EXPIRED";
}

v1::PayOutRequest PayOutOf(const v1::PayInRequest& like) {
  v1::PayOutRequest request;
  request.set_token(like.token());
  request.set_route(like.route());
  request.set_payment_id(like.payment_id());
  request.set_amount(like.amount());
  request.set_currency(like.currency());
  request.set_description(like.description());
  *request.mutable_customer() = like.customer();
  *request.mutable_urls() = like.urls();
  return request;
}

v1::RefundRequest RefundOf(const v1::PayInRequest& like, const std::string& original_id) {
  v1::RefundRequest request;
  request.set_original_payment_id(original_id);
  request.set_payment_id(like.payment_id());
  request.set_amount(like.amount());
  request.set_description(like.description());
  *request.mutable_customer() = like.customer();
  *request.mutable_urls() = like.urls();
  return request;
}

}  // namespace

Payer::Payer(Arena& arena, const Schedule& schedule, PaymentHistory& history, Findings& findings)
    : arena_(arena), schedule_(schedule), history_(history), findings_(findings) {
  for (const Operation& operation : schedule.operations) {
    if (operation.kind == Operation::Kind::kForge) {
      forged_.insert(schedule.payments[operation.payment].id);
    }
  }
}

void Payer::TokenizeCards() {
  CardGenerator cards(schedule_.seed);
  const auto stubs = arena_.stubs();
  for (const PlannedPayment& payment : schedule_.payments) {
    if (payment.kind == v1::PAYMENT_KIND_REFUND) continue;
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = stubs->ingest->Tokenize(
        call, testing::TokenizeOf(payment.id, cards.Pan(), payment.cvv), &response);
    CV_CHECK(status.ok());
    tokens_[payment.id] = response.token().token();
  }
}

void Payer::Do(const Operation& operation) {
  const PlannedPayment& payment = schedule_.payments[operation.payment];
  switch (operation.kind) {
    case Operation::Kind::kPay:
    case Operation::Kind::kRepeat:
      return Pay(payment, kMaxNotSent);
    case Operation::Kind::kGiveUp:
      Send(payment, kShortPatience);
      return;
    case Operation::Kind::kRead:
      return Read(payment, /*refresh=*/false);
    case Operation::Kind::kRefresh:
      return Read(payment, /*refresh=*/true);
    case Operation::Kind::kSettle:
      return Settle(payment);
    case Operation::Kind::kForge:
      return Forge(payment, operation.forgery);
  }
}

bool Payer::IsForged(const std::string& id) const { return forged_.count(id) != 0; }

Payer::Answer Payer::Send(const PlannedPayment& payment, absl::Duration patience) {
  const auto token = tokens_.find(payment.id);
  const v1::PayInRequest like = testing::PayInOf(
      payment.route, payment.id, token == tokens_.end() ? "" : token->second, payment.amount);
  const auto stubs = arena_.stubs();
  const PaymentHistory::Known before = history_.Before(payment.id);
  Call call;
  call->set_deadline(absl::ToChronoTime(absl::Now() + patience));
  Answer answer;
  grpc::Status status;
  if (payment.kind == v1::PAYMENT_KIND_PAY_IN) {
    v1::PayInResponse response;
    status = stubs->pay_in->PayIn(call, like, &response);
    answer.payment = std::move(*response.mutable_payment());
  } else if (payment.kind == v1::PAYMENT_KIND_PAY_OUT) {
    v1::PayOutResponse response;
    status = stubs->pay_out->PayOut(call, PayOutOf(like), &response);
    answer.payment = std::move(*response.mutable_payment());
  } else {
    v1::RefundResponse response;
    status = stubs->refund->Refund(call, RefundOf(like, payment.original_id), &response);
    answer.payment = std::move(*response.mutable_payment());
  }
  answer.ok = status.ok();
  answer.reason = call.reason();
  if (answer.ok) history_.Told(before, answer.payment);
  return answer;
}

void Payer::Pay(const PlannedPayment& payment, int max_not_sent) {
  const absl::Time give_up = absl::Now() + kLongPatience;
  Answer answer;
  for (int not_sent = 0; absl::Now() < give_up;) {
    answer = Send(payment, kLongPatience);
    const bool is_sent = answer.ok && answer.payment.state() != v1::PAYMENT_STATE_NOT_SENT;
    const bool is_not_sent = answer.ok && !is_sent;
    if (is_sent || (is_not_sent && ++not_sent == max_not_sent)) return;
    if (IsWithoutCvv(answer.reason)) {
      ProvideCvv(payment);
    } else if (payment.kind == v1::PAYMENT_KIND_REFUND && IsRefusedRefund(answer.reason)) {
      return;
    } else if (answer.reason != "IN_PROGRESS" && answer.reason != "REVISION" &&
               answer.reason != kLookUpFailed && !answer.reason.empty()) {
      return findings_.AddWrong(absl::StrCat(payment.id, " was refused: ", answer.reason));
    }
    // Else another caller is at it, it is NOT_SENT, the server died, or a gateway does not say yet
    // whether it has what a restored ledger may have forgotten: once more.
    absl::SleepFor(kRetryWait);
  }
  findings_.AddWrong(
      absl::StrCat(payment.id, " was called for a minute; the last time it was ",
                   answer.ok ? v1::PaymentState_Name(answer.payment.state()) : answer.reason));
}

void Payer::ProvideCvv(const PlannedPayment& payment) {
  const auto stubs = arena_.stubs();
  Call call;
  v1::ProvideCvvRequest request;
  request.set_token(tokens_.at(payment.id));
  request.set_cvv(payment.cvv);
  v1::ProvideCvvResponse response;
  const grpc::Status status = stubs->ingest->ProvideCvv(call, request, &response);
  if (!status.ok() && !call.reason().empty()) {
    findings_.AddWrong(absl::StrCat(payment.id, ": its CVV was refused: ", call.reason()));
  }
}

void Payer::Read(const PlannedPayment& payment, bool refresh) {
  const auto stubs = arena_.stubs();
  const PaymentHistory::Known before = history_.Before(payment.id);
  Call call;
  v1::GetPaymentRequest request;
  request.set_payment_id(payment.id);
  request.set_refresh(refresh);
  v1::GetPaymentResponse response;
  if (stubs->pay_in->GetPayment(call, request, &response).ok()) {
    history_.Told(before, response.payment());
  } else if (call.reason() == "PAYMENT_NOT_FOUND") {
    history_.ToldNotFound(before, payment.id);
  }
}

void Payer::Settle(const PlannedPayment& payment) {
  {
    absl::MutexLock lock(&mutex_);
    if (settled_.count(payment.id) != 0) return;
  }
  const std::string settled_amount =
      payment.settled_amount == 0 ? ""
                                  : absl::StrCat(",\"settled_amount\":", payment.settled_amount);
  const std::string answer =
      arena_.sandbox().Post(arena_.Port(payment.gateway), "/sandbox/settle",
                            absl::StrCat("{\"order\":\"", payment.id, "\",\"state\":\"",
                                         payment.settled_state, "\"", settled_amount, "}"));
  if (answer != "{}") return;  // not booked (yet)
  absl::MutexLock lock(&mutex_);
  settled_.insert(payment.id);
}

void Payer::SettleTheRest() {
  for (const PlannedPayment& payment : schedule_.payments) {
    if (!payment.settled_state.empty()) Settle(payment);
  }
}

void Payer::RepeatAll() {
  for (const PlannedPayment& payment : schedule_.payments) Pay(payment, kMaxNotSentAgain);
}

void Payer::Forge(const PlannedPayment& payment, const std::string& forgery) {
  arena_.sandbox().Post(
      arena_.Port(payment.gateway), "/sandbox/notifications/forge",
      absl::StrCat("{\"order\":\"", payment.id, "\",\"what\":\"", forgery, "\"}"));
}

std::optional<std::map<std::string, v1::Payment>> Payer::ReadLedger() {
  std::map<std::string, PaymentHistory::Known> known;
  for (const PlannedPayment& payment : schedule_.payments) {
    known[payment.id] = history_.Before(payment.id);
  }
  const auto stubs = arena_.stubs();
  std::map<std::string, v1::Payment> ledger;
  v1::ListPaymentsRequest request;
  request.set_page_size(kPageSize);
  do {
    Call call;
    v1::ListPaymentsResponse response;
    if (!stubs->pay_in->ListPayments(call, request, &response).ok()) return std::nullopt;
    for (v1::Payment& payment : *response.mutable_payments()) {
      const auto before = known.find(payment.payment_id());
      if (before == known.end()) continue;  // another run's
      history_.Told(before->second, payment);
      ledger[payment.payment_id()] = std::move(payment);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return ledger;
}

}  // namespace cardvault::torture
