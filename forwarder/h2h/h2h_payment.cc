#include "forwarder/h2h/h2h_payment.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/id.h"
#include "base/status.h"
#include "forwarder/field_rules.h"
#include "forwarder/h2h/h2h_answer.h"

namespace cardvault {
namespace {

// The document names no limits; these are cardvault's own, wide enough for real texts.
constexpr size_t kMaxTextSize = 255;  // characters
constexpr size_t kMaxUrlSize = 1000;

std::string FullName(const PayingCustomer& customer) {
  if (customer.first_name.empty()) return customer.last_name;
  if (customer.last_name.empty()) return customer.first_name;
  return absl::StrCat(customer.first_name, " ", customer.last_name);
}

bool IsPayIn(const PaymentOrder& order) { return order.request.kind == PaymentKind::kPayIn; }

void CheckUrls(const PaymentOrder& order, FieldFaults& faults) {
  const PaymentUrls& urls = order.request.urls;
  faults.Add(CheckPresent(urls.notification_url, "urls.notification_url"));
  if (IsPayIn(order)) {
    faults.Add(CheckPresent(urls.return_success_url, "urls.return_success_url"));
  }
  faults.Add(CheckLength(urls.notification_url, kMaxUrlSize, "urls.notification_url"));
  faults.Add(CheckLength(urls.return_success_url, kMaxUrlSize, "urls.return_success_url"));
  faults.Add(CheckLength(urls.return_decline_url, kMaxUrlSize, "urls.return_decline_url"));
}

PlanObject Payment(const PaymentOrder& order) {
  const std::string reference(order.reference);
  const std::string& description = order.request.description;
  return {
      {"payment_id", reference},
      {"currency", order.request.currency},
      {"amount", order.wire_amount},
      // Required on the wire, optional in the API: the payment's own id says as much.
      {"description", description.empty() ? reference : description},
  };
}

PlanObject Card(const PaymentOrder& order) {
  PlanObject card = {
      {"pan", PlanSlot::kPan},
      {"year", PlanSlot::kExpiryYear},
      {"month", PlanSlot::kExpiryMonth},
  };
  if (order.with_cardholder_name) {
    card.push_back({"card_holder", PlanSlot::kCardholderName});
  } else {
    card.push_back({"card_holder", FullName(order.request.customer)});
  }
  if (order.with_cvv) card.push_back({"cvv", PlanSlot::kCvv});
  return card;
}

PlanObject Customer(const PayingCustomer& customer) {
  PlanObject object = {
      {"id", customer.id},
      {"full_name", FullName(customer)},
  };
  if (!customer.email.empty()) object.push_back({"email", customer.email});
  if (!customer.ip_address.empty()) object.push_back({"ip_address", customer.ip_address});
  return object;
}

PlanObject Hooks(const PaymentUrls& urls) {
  PlanObject hooks = {{"callback_url", urls.notification_url}};
  if (!urls.return_success_url.empty()) {
    hooks.push_back({"return_success_url", urls.return_success_url});
    hooks.push_back({"return_decline_url", urls.return_decline_url.empty()
                                               ? urls.return_success_url
                                               : urls.return_decline_url});
  }
  return hooks;
}

}  // namespace

void CheckH2hPayment(const PaymentOrder& order, FieldFaults& faults) {
  const PayingCustomer& customer = order.request.customer;
  faults.Add(CheckId(customer.id, "customer.id"));
  faults.Add(CheckPresent(FullName(customer), "customer.first_name"));
  faults.Add(CheckLength(customer.first_name, kMaxTextSize, "customer.first_name"));
  faults.Add(CheckLength(customer.last_name, kMaxTextSize, "customer.last_name"));
  if (IsPayIn(order)) faults.Add(CheckPresent(customer.email, "customer.email"));
  faults.Add(CheckLength(customer.email, kMaxTextSize, "customer.email"));
  faults.Add(CheckEmail(customer.email, "customer.email"));
  faults.Add(CheckIpAddress(customer.ip_address, "customer.ip_address"));
  faults.Add(CheckLength(order.request.description, kMaxTextSize, "description"));
  CheckUrls(order, faults);
}

RequestPlan PlanH2hPayment(const PaymentOrder& order, const H2hSettings& settings) {
  RequestPlan plan;
  plan.path = IsPayIn(order) ? settings.payin_path : settings.payout_path;
  plan.body = {
      {"cascade_id", IsPayIn(order) ? settings.payin_cascade_id : settings.payout_cascade_id},
      {"payment", Payment(order)},
      {"card", Card(order)},
      {"customer", Customer(order.request.customer)},
      {"workflow_hooks", Hooks(order.request.urls)},
  };
  plan.signer = settings.signer;
  plan.answer = {NoProof(), H2hPaymentAnswerFields()};
  return plan;
}

}  // namespace cardvault
