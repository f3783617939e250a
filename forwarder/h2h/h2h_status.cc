#include "forwarder/h2h/h2h_status.h"

#include <string>

#include "absl/strings/string_view.h"
#include "forwarder/answer_reader.h"
#include "forwarder/h2h/h2h_answer.h"

namespace cardvault {
namespace {

constexpr char kSettledAmount[] = "processing_info.amount_acquired";

// An error, or a decline of what is in doubt: for a pay-in the word of the status call is the end
// of it. Money of a pay-out may have left all the same, so that stays in doubt for a person.
void JudgeRefusal(const SentPayment& sent, PaymentOutcome& outcome) {
  const bool is_error = outcome.raw_status == "error";
  const bool declines_doubt =
      outcome.raw_status == "decline" && sent.state == PaymentState::kInDoubt;
  if (!is_error && !declines_doubt) return;
  if (sent.kind == PaymentKind::kPayIn) {
    outcome.state = PaymentState::kDeclined;
    return;
  }
  outcome.state = PaymentState::kInDoubt;
  outcome.needs_review = true;
}

}  // namespace

RequestPlan PlanH2hStatus(const SentPayment& sent, const H2hSettings& settings) {
  RequestPlan plan;
  plan.path = settings.status_path;
  plan.body = {{"merchant_payment_id", sent.reference}};
  plan.signer = settings.signer;
  plan.answer = {NoProof(),
                 {"request_status", "payment_id", "merchant_payment_id", "status", "payment_url",
                  "error_code", "error_message", "message", "amount", "currency", kSettledAmount}};
  return plan;
}

StatusReport ReadH2hStatus(const OutboundAnswer& answer, const SentPayment& sent,
                           const H2hSettings& settings) {
  const AnswerReader reader(answer.fields);
  StatusReport report;
  PaymentOutcome& outcome = report.outcome;
  outcome.raw_status = reader.Text("status", kMaxRawStatusSize);
  if (outcome.raw_status.empty()) {
    const bool not_found =
        !settings.not_found_code.empty() &&
        reader.Text("error_code", kMaxErrorCodeSize) == settings.not_found_code &&
        !reader.SaysOther("merchant_payment_id", sent.reference);
    if (not_found) report.kind = StatusReport::Kind::kNotFound;
    return report;
  }
  report.kind = StatusReport::Kind::kFound;
  if (SaysAnotherH2hPayment(reader, sent)) {
    outcome = PaymentOutcome();
    outcome.conflict = true;
    return report;
  }
  outcome.error_code = reader.Text("error_code", kMaxErrorCodeSize);
  outcome.error_text = reader.Text("error_message", kMaxErrorTextSize);
  reader.AddId("payment_id", outcome);
  outcome.redirect_url = reader.Url("payment_url");
  outcome.state = H2hStateOf(outcome.raw_status, !outcome.redirect_url.empty());
  outcome.settled_amount = reader.SettledAmount(kSettledAmount, sent);
  JudgeRefusal(sent, outcome);
  return report;
}

}  // namespace cardvault
