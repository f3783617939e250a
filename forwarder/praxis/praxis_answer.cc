#include "forwarder/praxis/praxis_answer.h"

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "forwarder/amount.h"
#include "forwarder/answer_reader.h"

namespace cardvault {
namespace {

std::string Normalized(absl::string_view word) {
  return absl::StrReplaceAll(word, {{"_", " "}, {"-", " "}, {"canceled", "cancelled"}});
}

// That the order_id is taken proves that a payment exists. The document gives no code for it, so
// the sentence decides, read widely: a look-up too many does no harm.
bool SaysOrderExists(absl::string_view sentence) {
  const std::string text = absl::AsciiStrToLower(sentence);
  return absl::StrContains(text, "unique") || absl::StrContains(text, "duplicate") ||
         absl::StrContains(text, "already");
}

// The answer's own `status`: 0 is well, below 0 server or network, above 0 logical.
std::optional<int64_t> StatusOf(const AnswerReader& reader) {
  int64_t status = 0;
  if (!absl::SimpleAtoi(reader.Text("status", kMaxErrorCodeSize), &status)) return std::nullopt;
  return status;
}

// The request was refused before there was a transaction.
void ReadRefusal(const AnswerReader& reader, PaymentOutcome& outcome) {
  const std::optional<int64_t> status = StatusOf(reader);
  const std::string description = reader.Text("description", kMaxErrorTextSize);
  if (outcome.error_text.empty()) outcome.error_text = description;
  if (!status.has_value() || *status == 0) return;  // no outcome at all: in doubt
  if (outcome.error_code.empty()) outcome.error_code = reader.Text("status", kMaxErrorCodeSize);
  if (SaysOrderExists(description) || SaysOrderExists(outcome.error_text)) return;
  outcome.state = PaymentState::kRejected;
}

void ReadSettledAmount(const AnswerReader& reader, const SentPayIn& sent, PaymentOutcome& outcome) {
  if (!reader.Has("charge_amount")) return;
  const absl::StatusOr<int64_t> wire =
      ParseWireAmount(reader.Text("charge_amount", kMaxUpstreamIdSize));
  if (!wire.ok()) return;
  const absl::StatusOr<int64_t> amount =
      FromWireAmount(*wire, sent.wire_exponent, sent.iso_exponent);
  if (amount.ok()) outcome.settled_amount = *amount;
}

}  // namespace

std::vector<std::string> PraxisCardAnswerFields() {
  return {"status",       "description",    "redirect_url",
          "trace_id",     "transaction_id", "transaction_status",
          "error_code",   "error_details",  "payment_processor",
          "order_id",     "amount",         "currency",
          "charge_amount"};
}

PraxisStatus ReadPraxisStatus(absl::string_view word, bool has_redirect) {
  const std::string status = Normalized(word);
  if (status == "approved") return {PaymentState::kApproved};
  if (status == "authorized") return {PaymentState::kAuthorized};
  if (status == "declined" || status == "rejected") return {PaymentState::kDeclined};
  if (status == "cancelled") return {PaymentState::kCancelled};
  if (status == "requested") return {PaymentState::kPending, PaymentAction::kMerchantApproval};
  if (status == "pending async" && has_redirect) return {PaymentState::kRedirectRequired};
  // A sale is declined by it only when find-order repeats it.
  if (status == "error") return {PaymentState::kInDoubt};
  // Events after an end, which this ledger has not seen.
  if (status == "chargeback" || status == "reversed") {
    return {PaymentState::kPending, PaymentAction::kNone, true};
  }
  // pending, in progress, initialized, declined retry (a cascade goes on), and what nobody knows.
  return {PaymentState::kPending};
}

PaymentOutcome ReadPraxisSaleAnswer(const OutboundAnswer& answer, const SentPayIn& sent) {
  PaymentOutcome outcome;
  if (!answer.verified) {
    outcome.error_text = "the answer's signature was missing or wrong";
    return outcome;
  }
  const AnswerReader reader(answer);
  if (reader.SaysOther("order_id", sent.reference) || reader.SaysOther("currency", sent.currency) ||
      reader.SaysOtherAmount("amount", sent.wire_amount)) {
    outcome.conflict = true;
    return outcome;
  }
  outcome.raw_status = reader.Text("transaction_status", kMaxRawStatusSize);
  outcome.error_code = reader.Text("error_code", kMaxErrorCodeSize);
  outcome.error_text = reader.Text("error_details", kMaxErrorTextSize);
  outcome.processor = reader.Text("payment_processor", kMaxProcessorSize);
  outcome.redirect_url = reader.Url("redirect_url");
  reader.AddId("trace_id", outcome);
  reader.AddId("transaction_id", outcome);
  if (outcome.raw_status.empty()) {
    ReadRefusal(reader, outcome);
    return outcome;
  }
  const PraxisStatus status = ReadPraxisStatus(outcome.raw_status, !outcome.redirect_url.empty());
  outcome.state = status.state;
  outcome.action = status.action;
  outcome.needs_review = status.needs_review;
  ReadSettledAmount(reader, sent, outcome);
  return outcome;
}

}  // namespace cardvault
