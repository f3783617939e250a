#include "forwarder/praxis/praxis_answer.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

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

bool SaysAnotherPayment(const AnswerReader& reader, const PraxisMembers& members,
                        const SentPayment& sent) {
  return reader.SaysOther(members.order_id, sent.reference) ||
         reader.SaysOther(members.currency, sent.currency) ||
         reader.SaysOtherAmount(members.amount, sent.wire_amount);
}

void AddId(const AnswerReader& reader, const char* path, PaymentOutcome& outcome) {
  const size_t count = outcome.upstream_ids.size();
  reader.AddId(path, outcome);
  if (outcome.upstream_ids.size() == count) return;
  std::string& name = outcome.upstream_ids.back().first;
  name.erase(0, name.rfind('.') + 1);  // nothing where there is no dot
}

void ReadDetails(const AnswerReader& reader, const PraxisMembers& members,
                 PaymentOutcome& outcome) {
  outcome.raw_status = reader.Text(members.transaction_status, kMaxRawStatusSize);
  outcome.error_code = reader.Text(members.error_code, kMaxErrorCodeSize);
  outcome.error_text = reader.Text(members.error_details, kMaxErrorTextSize);
  outcome.processor = reader.Text(members.processor, kMaxProcessorSize);
  outcome.redirect_url = reader.Url("redirect_url");
  AddId(reader, members.trace_id, outcome);
  if (members.transaction_id != nullptr) AddId(reader, members.transaction_id, outcome);
}

void ReadSettledAmount(const AnswerReader& reader, const PraxisMembers& members,
                       const SentPayment& sent, PaymentOutcome& outcome) {
  // What was charged in another currency says nothing in the payment's.
  const bool in_another = members.settled_currency != nullptr &&
                          reader.SaysOther(members.settled_currency, sent.currency);
  if (!in_another) reader.ReadSettledAmount(members.settled_amount, sent, outcome);
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

}  // namespace

bool HasStatusWord(const AnswerReader& reader, const PraxisMembers& members) {
  return !reader.Text(members.transaction_status, kMaxRawStatusSize).empty();
}

PraxisStatus ReadPraxisStatus(absl::string_view word, bool has_redirect) {
  const std::string status = Normalized(word);
  if (status == "approved") return {PaymentState::kApproved};
  if (status == "authorized") return {PaymentState::kAuthorized};
  if (status == "declined" || status == "rejected") return {PaymentState::kDeclined};
  if (status == "cancelled") return {PaymentState::kCancelled};
  if (status == "requested") return {PaymentState::kPending, PaymentAction::kMerchantApproval};
  if (status == "pending async" && has_redirect) return {PaymentState::kRedirectRequired};
  if (status == "error") return {PaymentState::kInDoubt, PaymentAction::kNone, false, true};
  // Events after an end, which this ledger has not seen.
  if (status == "chargeback" || status == "reversed") {
    return {PaymentState::kPending, PaymentAction::kNone, true};
  }
  // pending, in progress, initialized, declined retry (a cascade goes on), and what nobody knows.
  return {PaymentState::kPending};
}

PaymentOutcome ReadPraxisMessage(const AnswerReader& reader, const PraxisMembers& members,
                                 const SentPayment& sent) {
  PaymentOutcome outcome;
  if (SaysAnotherPayment(reader, members, sent)) {
    outcome.conflict = true;
    return outcome;
  }
  outcome.names_amount = reader.Has(members.amount);
  ReadDetails(reader, members, outcome);
  const PraxisStatus status = ReadPraxisStatus(outcome.raw_status, !outcome.redirect_url.empty());
  outcome.state = status.state;
  outcome.action = status.action;
  outcome.needs_review = status.needs_review;
  ReadSettledAmount(reader, members, sent, outcome);
  return outcome;
}

PaymentOutcome ReadPraxisNews(const AnswerReader& reader, const PraxisMembers& members,
                              const SentPayment& sent) {
  PaymentOutcome outcome = ReadPraxisMessage(reader, members, sent);
  // Without a word it says nothing of how the payment stands.
  if (!HasStatusWord(reader, members)) outcome.state = PaymentState::kInDoubt;
  return outcome;
}

std::string PraxisIdentity(const AnswerReader& reader, const PraxisMembers& members) {
  std::string identity = reader.Text(members.transaction_status, kMaxRawStatusSize);
  for (const char* path : {members.trace_id, members.amount, members.currency,
                           members.settled_amount, members.settled_currency}) {
    if (path == nullptr) continue;
    absl::StrAppend(&identity, "|", reader.Text(path, kMaxUpstreamIdSize));
  }
  return identity;
}

PaymentOutcome ReadPraxisAnswer(const OutboundAnswer& answer, const PraxisMembers& members,
                                const SentPayment& sent) {
  PaymentOutcome outcome;
  if (!answer.verified) {
    outcome.error_text = answer.has_proof ? "the answer's signature was missing or wrong"
                                          : "the route has no way to verify this answer";
    return outcome;
  }
  const AnswerReader reader(answer.fields);
  if (HasStatusWord(reader, members) || SaysAnotherPayment(reader, members, sent)) {
    return ReadPraxisMessage(reader, members, sent);
  }
  ReadDetails(reader, members, outcome);
  ReadRefusal(reader, outcome);
  return outcome;
}

}  // namespace cardvault
