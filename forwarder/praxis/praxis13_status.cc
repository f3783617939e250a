#include "forwarder/praxis/praxis13_status.h"

#include <string>
#include <utility>

#include "forwarder/praxis/praxis13_answer.h"
#include "forwarder/praxis/praxis13_signing.h"
#include "forwarder/praxis/praxis_status.h"

namespace cardvault {

RequestPlan PlanPraxis13Status(const SentPayment& sent, const Praxis13Settings& settings) {
  RequestPlan plan;
  plan.path = settings.find_order_path;
  plan.body = {{"merchant_id", settings.merchant_id},
               {"application_key", settings.application_key},
               {"version", std::string(kPraxis13Version)},
               {"timestamp", PlanSlot::kTimestampSeconds},
               {"order_id", sent.reference}};
  SignPraxis13Plan({"merchant_id", "application_key", "timestamp", "order_id"},
                   settings.find_order_values, plan);
  return plan;
}

StatusReport ReadPraxis13Status(OutboundAnswer answer, const SentPayment& sent,
                                const Praxis13Settings& settings) {
  answer.fields = WithShortNumbers(std::move(answer.fields));
  return ReadPraxisStatusAnswer(answer, kPraxis13Members, sent, settings.not_found_description);
}

}  // namespace cardvault
