#include "forwarder/praxis/praxis13_notification.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "forwarder/answer_reader.h"
#include "forwarder/praxis/praxis13_answer.h"
#include "forwarder/praxis/praxis13_signing.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {
namespace {

// Sources differ on where an acknowledgement has its signature: it stands in both.
constexpr char kOtherSignatureHeader[] = "external-request-signature";

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
  news.identity = PraxisIdentity(reader, kPraxis13Members);
  int64_t seconds = 0;
  news.time = absl::SimpleAtoi(reader.Text("timestamp", kMaxUpstreamIdSize), &seconds)
                  ? absl::FromUnixSeconds(seconds)
                  : absl::InfinitePast();
  news.needs_confirming = true;
  return news;
}

PaymentOutcome ReadPraxis13NotifiedOutcome(const ReadMessage& message, const SentPayment& sent) {
  const std::vector<AnswerField> fields = WithShortNumbers(message.fields);
  return ReadPraxisNews(AnswerReader(fields), kPraxis13Members, sent);
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
