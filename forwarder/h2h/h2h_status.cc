#include "forwarder/h2h/h2h_status.h"

#include <string>

#include "absl/strings/string_view.h"
#include "forwarder/answer_reader.h"
#include "forwarder/h2h/h2h_answer.h"

namespace cardvault {
namespace {

constexpr char kSettledAmount[] = "processing_info.amount_acquired";

// Whether the answer is about this payment: by our own id, or by the gateway's where it is known.
bool NamesThePayment(const AnswerReader& reader, const SentPayment& sent) {
  if (reader.Has("merchant_payment_id")) return true;  // another one's was a conflict already
  const std::string known_id = NewestUpstreamId(sent, "payment_id");
  return !known_id.empty() && reader.Text("payment_id", kMaxUpstreamIdSize) == known_id;
}

// The code by which the route's gateway says that it has no such payment.
bool SaysNotFound(const AnswerReader& reader, const SentPayment& sent,
                  const H2hSettings& settings) {
  return !settings.not_found_code.empty() &&
         reader.Text("error_code", kMaxErrorCodeSize) == settings.not_found_code &&
         reader.Text("status", kMaxRawStatusSize).empty() &&
         !reader.SaysOther("merchant_payment_id", sent.reference);
}

// Gateways say `error` of calls as well as of payments. It ends a pay-in only where an earlier word
// of the gateway's, kept of this payment, was the same. Money of a pay-out may have left after an
// error, and after a decline of what is in doubt: that stays in doubt for a person.
void JudgeRefusal(const AnswerReader& reader, const SentPayment& sent, PaymentOutcome& outcome) {
  const bool is_error = outcome.raw_status == "error";
  const bool declines_doubt =
      outcome.raw_status == "decline" && sent.state == PaymentState::kInDoubt;
  if (!is_error && !declines_doubt) return;
  if (sent.kind != PaymentKind::kPayIn) {
    outcome.state = PaymentState::kInDoubt;
    outcome.needs_review = true;
    return;
  }
  const bool is_repeated = sent.raw_status == "error" && reader.Has("merchant_payment_id");
  if (is_error && is_repeated) outcome.state = PaymentState::kDeclined;
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
  if (SaysNotFound(reader, sent, settings)) {
    report.kind = StatusReport::Kind::kNotFound;
    return report;
  }
  // The call went wrong, and whatever word stands beside that is the call's.
  if (reader.SaysOther("request_status", "success")) return report;
  outcome.raw_status = reader.Text("status", kMaxRawStatusSize);
  if (outcome.raw_status.empty()) return report;
  report.kind = StatusReport::Kind::kFound;
  if (SaysAnotherH2hPayment(reader, sent)) {
    outcome = PaymentOutcome();
    outcome.conflict = true;
    return report;
  }
  if (!NamesThePayment(reader, sent)) return StatusReport();
  outcome.names_amount = reader.Has("amount");
  outcome.error_code = reader.Text("error_code", kMaxErrorCodeSize);
  outcome.error_text = reader.Text("error_message", kMaxErrorTextSize);
  reader.AddId("payment_id", outcome);
  outcome.redirect_url = reader.Url("payment_url");
  outcome.state = H2hStateOf(outcome.raw_status, !outcome.redirect_url.empty());
  reader.ReadSettledAmount(kSettledAmount, sent, outcome);
  JudgeRefusal(reader, sent, outcome);
  return report;
}

}  // namespace cardvault
