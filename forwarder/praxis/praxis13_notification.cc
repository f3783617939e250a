#include "forwarder/praxis/praxis13_notification.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "forwarder/answer_reader.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/praxis/praxis13_answer.h"
#include "forwarder/praxis/praxis13_signing.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {
namespace {

// Sources differ on where an acknowledgement has its signature: it stands in both.
constexpr char kOtherSignatureHeader[] = "external-request-signature";

bool IsAnotherEnd(PaymentState told, PaymentState known) {
  return IsFinal(told) && IsFinal(known) && told != known;
}

}  // namespace

MessageRule Praxis13NotificationRule() {
  MessageRule rule;
  rule.proof =
      Praxis13Proof({"merchant_id", "application_key", "timestamp", "customer.customer_token",
                     "session.order_id", "transaction.tid", "transaction.currency",
                     "transaction.amount", "transaction.conversion_rate",
                     "transaction.processed_currency", "transaction.processed_amount"});
  rule.fields = Praxis13AnswerFields();
  for (const char* member : {"merchant_id", "application_key", "timestamp"}) {
    rule.fields.push_back(member);
  }
  return rule;
}

NotificationNews ReadPraxis13Notification(const ReadMessage& message,
                                          const Praxis13Settings& settings) {
  const std::vector<AnswerField> fields = WithShortNumbers(message.fields);
  const AnswerReader reader(fields);
  NotificationNews news;
  news.reference = reader.Text(kPraxis13Members.order_id, kMaxUpstreamIdSize);
  news.is_foreign = !reader.Has("merchant_id") || !reader.Has("application_key") ||
                    reader.SaysOther("merchant_id", settings.merchant_id) ||
                    reader.SaysOther("application_key", settings.application_key);
  news.identity = absl::StrCat(reader.Text(kPraxis13Members.trace_id, kMaxUpstreamIdSize), "|",
                               reader.Text(kPraxis13Members.transaction_status, kMaxRawStatusSize),
                               "|", reader.Text(kPraxis13Members.amount, kMaxUpstreamIdSize));
  int64_t seconds = 0;
  news.time = absl::SimpleAtoi(reader.Text("timestamp", kMaxUpstreamIdSize), &seconds)
                  ? absl::FromUnixSeconds(seconds)
                  : absl::InfinitePast();
  news.needs_confirming = true;
  return news;
}

PaymentOutcome ReadPraxis13NotifiedOutcome(const ReadMessage& message, const SentPayment& sent) {
  const std::vector<AnswerField> fields = WithShortNumbers(message.fields);
  const PaymentOutcome told = ReadPraxisMessage(AnswerReader(fields), kPraxis13Members, sent);
  PaymentOutcome outcome;  // IN_DOUBT
  outcome.conflict = told.conflict;
  outcome.raw_status = told.raw_status;
  // Nobody asks about a payment that has ended: then a person must look.
  outcome.needs_review = told.needs_review || IsAnotherEnd(told.state, sent.state);
  return outcome;
}

AcknowledgementPlan PlanPraxis13Acknowledgement() {
  return {{{"description", std::string("Success")},
           {"status", int64_t{0}},
           {"timestamp", PlanSlot::kTimestampSeconds},
           {"version", std::string(kPraxis13Version)}},
          ListedValuesSigner{{kPraxis13SignatureHeader, kOtherSignatureHeader},
                             {"status", "timestamp"},
                             kPraxisSecretName}};
}

}  // namespace cardvault
