#include "forwarder/h2h/h2h_answer.h"

namespace cardvault {

PaymentState H2hStateOf(absl::string_view word, bool has_redirect) {
  if (word == "success") return PaymentState::kApproved;
  if (word == "processing") {
    return has_redirect ? PaymentState::kRedirectRequired : PaymentState::kPending;
  }
  if (word == "decline") return PaymentState::kDeclined;
  // Not an end: it stands only when the status call repeats it (h2h_status.h).
  if (word == "error") return PaymentState::kInDoubt;
  return PaymentState::kPending;
}

bool SaysAnotherH2hPayment(const AnswerReader& reader, const SentPayment& sent) {
  return reader.SaysOther("merchant_payment_id", sent.reference) ||
         reader.SaysOther("currency", sent.currency) ||
         reader.SaysOtherAmount("amount", sent.wire_amount);
}

std::vector<std::string> H2hPaymentAnswerFields() {
  return {"request_status", "payment_id", "merchant_payment_id", "payment_status",
          "payment_url",    "error_code", "error_message",       "message",
          "amount",         "currency"};
}

PaymentOutcome ReadH2hPaymentAnswer(const OutboundAnswer& answer, const SentPayment& sent) {
  const AnswerReader reader(answer.fields);
  PaymentOutcome outcome;
  if (SaysAnotherH2hPayment(reader, sent)) {
    outcome.conflict = true;
    return outcome;
  }
  outcome.error_code = reader.Text("error_code", kMaxErrorCodeSize);
  outcome.error_text = reader.Text("error_message", kMaxErrorTextSize);
  const bool accepted = reader.Text("request_status", kMaxRawStatusSize) == "success";
  if (outcome.error_text.empty() && !accepted) {
    outcome.error_text = reader.Text("message", kMaxErrorTextSize);
  }
  const bool names_ours = reader.Has("merchant_payment_id");
  // The word of a call that failed is the payment's only where that is named: the status call would
  // seem to repeat it.
  if (accepted || names_ours) {
    outcome.raw_status = reader.Text("payment_status", kMaxRawStatusSize);
  }
  // Without our own id in it the answer may be about anything.
  if (!names_ours) return outcome;
  // The gateway's own id; `merchant_payment_id` is ours.
  reader.AddId("payment_id", outcome);
  outcome.redirect_url = reader.Url("payment_url");
  if (!accepted || outcome.raw_status.empty()) return outcome;
  outcome.state = H2hStateOf(outcome.raw_status, !outcome.redirect_url.empty());
  return outcome;
}

}  // namespace cardvault
