#include "forwarder/praxis/praxis_notification.h"

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "forwarder/answer_reader.h"
#include "forwarder/praxis/praxis_answer.h"
#include "forwarder/praxis/praxis_signing.h"

namespace cardvault {

MessageRule PraxisNotificationRule() {
  RequestPlan plan;
  SignPraxisPlan(plan);
  MessageRule rule = plan.answer;  // the same proof, and the members of an answer and three more
  for (const char* member : {"frontend", "merchant_id", "timestamp"}) {
    rule.fields.push_back(member);
  }
  return rule;
}

NotificationNews ReadPraxisNotification(const ReadMessage& message,
                                        const PraxisSettings& settings) {
  const AnswerReader reader(message.fields);
  NotificationNews news;
  news.reference = reader.Text("order_id", kMaxUpstreamIdSize);
  news.is_foreign = !reader.Has("frontend") || reader.SaysOther("frontend", settings.frontend) ||
                    reader.SaysOther("merchant_id", settings.merchant_id);
  news.identity = PraxisIdentity(reader, kPraxis11Members);
  int64_t seconds = 0;
  news.time = absl::SimpleAtoi(reader.Text("timestamp", kMaxUpstreamIdSize), &seconds)
                  ? absl::FromUnixSeconds(seconds)
                  : absl::InfinitePast();
  news.needs_confirming = true;
  return news;
}

PaymentOutcome ReadPraxisNotifiedOutcome(const ReadMessage& message, const SentPayment& sent) {
  return ReadPraxisNews(AnswerReader(message.fields), kPraxis11Members, sent);
}

AcknowledgementPlan PlanPraxisAcknowledgement(const PraxisSettings& settings) {
  SortedValuesSigner signer;
  signer.secret_name = kPraxisSecretName;
  return {{{"description", std::string("Success")},
           {"status", int64_t{0}},
           {"timestamp", PlanSlot::kTimestampSeconds},
           {"version", settings.version}},
          signer};
}

}  // namespace cardvault
