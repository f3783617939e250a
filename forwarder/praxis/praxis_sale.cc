#include "forwarder/praxis/praxis_sale.h"

#include <string>
#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/field_rules.h"
#include "forwarder/praxis/praxis_answer.h"
#include "forwarder/praxis/praxis_fields.h"

namespace cardvault {
namespace {

void AddIfAny(const char* name, std::string value, PlanObject& body) {
  if (!value.empty()) body.push_back({name, std::move(value)});
}

void AddCustomer(const PayingCustomer& customer, PlanObject& body) {
  body.push_back({"pin", customer.id});
  body.push_back({"first_name", customer.first_name});
  body.push_back({"last_name", customer.last_name});
  body.push_back({"email", customer.email});
  AddIfAny("phone", PhoneDigits(customer.phone), body);
  AddIfAny("dob", PraxisDate(customer.birth_date), body);
  AddIfAny("requester_ip", customer.ip_address, body);
  AddIfAny("address", customer.address, body);
  AddIfAny("city", customer.city, body);
  body.push_back({"country", customer.country});
  AddIfAny("state", customer.state, body);
  AddIfAny("zip", customer.postal_code, body);
}

}  // namespace

absl::Status CheckPraxisSale(const PayInOrder& order) {
  RETURN_IF_ERROR(CheckPraxisCustomer(order.input.customer));
  return CheckPraxisUrls(order.input.urls);
}

RequestPlan PlanPraxisSale(const PayInOrder& order, const PraxisSettings& settings) {
  RequestPlan plan;
  plan.path = settings.process_path;
  PlanObject& body = plan.body;
  body.push_back({"merchant_id", settings.merchant_id});
  body.push_back({"frontend", settings.frontend});
  body.push_back({"version", settings.version});
  body.push_back({"timestamp", PlanSlot::kTimestampSeconds});
  body.push_back({"transaction_type", std::string("sale")});
  body.push_back({"order_id", std::string(order.reference)});
  body.push_back({"amount", order.wire_amount});
  body.push_back({"currency", order.input.currency});
  body.push_back({"card_number", PlanSlot::kPan});
  body.push_back({"card_exp", PlanSlot::kExpiryMmSlashYyyy});
  if (order.with_cvv) body.push_back({"cvv", PlanSlot::kCvv});
  AddCustomer(order.input.customer, body);
  body.push_back({"return_url", order.input.urls.return_success_url});
  AddIfAny("notification_url", order.input.urls.notification_url, body);
  SortedValuesSigner signer;
  signer.secret_name = kPraxisSecretName;
  plan.signer = signer;
  plan.answer = {SortedValuesProof{signer.signature_field, kPraxisSecretName},
                 PraxisCardAnswerFields()};
  return plan;
}

}  // namespace cardvault
