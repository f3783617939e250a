#include "forwarder/praxis/praxis_payment.h"

#include <string>

#include "forwarder/praxis/praxis_fields.h"
#include "forwarder/praxis/praxis_signing.h"

namespace cardvault {
namespace {

std::string TransactionType(PaymentKind kind, const PraxisSettings& settings) {
  switch (kind) {
    case PaymentKind::kPayOut:
      return settings.payout_word;
    case PaymentKind::kRefund:
      return "refund";
    case PaymentKind::kPayIn:
      break;
  }
  return "sale";
}

}  // namespace

void CheckPraxisPayment(const PaymentOrder& order, FieldFaults& faults) {
  CheckPraxisCustomer(order.request.customer, faults);
  CheckPraxisUrls(order.request.urls, faults);
}

RequestPlan PlanPraxisPayment(const PaymentOrder& order, const PraxisSettings& settings) {
  RequestPlan plan;
  plan.path = settings.process_path;
  PlanObject& body = plan.body;
  body.push_back({"merchant_id", settings.merchant_id});
  body.push_back({"frontend", settings.frontend});
  body.push_back({"version", settings.version});
  body.push_back({"timestamp", PlanSlot::kTimestampSeconds});
  body.push_back({"transaction_type", TransactionType(order.request.kind, settings)});
  body.push_back({"order_id", std::string(order.reference)});
  AddIfAny("reference_id", std::string(order.refund_of), body);
  body.push_back({"amount", order.wire_amount});
  body.push_back({"currency", order.request.currency});
  body.push_back({"card_number", PlanSlot::kPan});
  body.push_back({"card_exp", PlanSlot::kExpiryMmSlashYyyy});
  if (order.with_cvv) body.push_back({"cvv", PlanSlot::kCvv});
  body.push_back({"pin", order.request.customer.id});
  AddPraxisPerson(order.request.customer, body);
  AddIfAny("requester_ip", order.request.customer.ip_address, body);
  body.push_back({"return_url", order.request.urls.return_success_url});
  AddIfAny("notification_url", order.request.urls.notification_url, body);
  SignPraxisPlan(plan);
  return plan;
}

}  // namespace cardvault
