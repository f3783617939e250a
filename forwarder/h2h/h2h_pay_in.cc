#include "forwarder/h2h/h2h_pay_in.h"

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

absl::Status CheckUrls(const PaymentUrls& urls) {
  RETURN_IF_ERROR(CheckPresent(urls.notification_url, "urls.notification_url"));
  RETURN_IF_ERROR(CheckPresent(urls.return_success_url, "urls.return_success_url"));
  RETURN_IF_ERROR(CheckLength(urls.notification_url, kMaxUrlSize, "urls.notification_url"));
  RETURN_IF_ERROR(CheckLength(urls.return_success_url, kMaxUrlSize, "urls.return_success_url"));
  return CheckLength(urls.return_decline_url, kMaxUrlSize, "urls.return_decline_url");
}

PlanObject Payment(const PayInOrder& order) {
  const std::string reference(order.reference);
  const std::string& description = order.input.description;
  return {
      {"payment_id", reference},
      {"currency", order.input.currency},
      {"amount", order.wire_amount},
      // Required on the wire, optional in the API: the payment's own id says as much.
      {"description", description.empty() ? reference : description},
  };
}

PlanObject Card(const PayInOrder& order) {
  PlanObject card = {
      {"pan", PlanSlot::kPan},
      {"year", PlanSlot::kExpiryYear},
      {"month", PlanSlot::kExpiryMonth},
  };
  if (order.with_cardholder_name) {
    card.push_back({"card_holder", PlanSlot::kCardholderName});
  } else {
    card.push_back({"card_holder", FullName(order.input.customer)});
  }
  if (order.with_cvv) card.push_back({"cvv", PlanSlot::kCvv});
  return card;
}

PlanObject Customer(const PayingCustomer& customer) {
  PlanObject object = {
      {"id", customer.id},
      {"full_name", FullName(customer)},
      {"email", customer.email},
  };
  if (!customer.ip_address.empty()) object.push_back({"ip_address", customer.ip_address});
  return object;
}

PlanObject Hooks(const PaymentUrls& urls) {
  return {
      {"callback_url", urls.notification_url},
      {"return_success_url", urls.return_success_url},
      {"return_decline_url",
       urls.return_decline_url.empty() ? urls.return_success_url : urls.return_decline_url},
  };
}

}  // namespace

absl::Status CheckH2hPayIn(const PayInOrder& order) {
  const PayingCustomer& customer = order.input.customer;
  RETURN_IF_ERROR(CheckId(customer.id, "customer.id"));
  RETURN_IF_ERROR(CheckPresent(FullName(customer), "customer.first_name"));
  RETURN_IF_ERROR(CheckLength(customer.first_name, kMaxTextSize, "customer.first_name"));
  RETURN_IF_ERROR(CheckLength(customer.last_name, kMaxTextSize, "customer.last_name"));
  RETURN_IF_ERROR(CheckPresent(customer.email, "customer.email"));
  RETURN_IF_ERROR(CheckLength(customer.email, kMaxTextSize, "customer.email"));
  RETURN_IF_ERROR(CheckEmail(customer.email, "customer.email"));
  RETURN_IF_ERROR(CheckIpAddress(customer.ip_address, "customer.ip_address"));
  RETURN_IF_ERROR(CheckLength(order.input.description, kMaxTextSize, "description"));
  return CheckUrls(order.input.urls);
}

RequestPlan PlanH2hPayIn(const PayInOrder& order, const H2hSettings& settings) {
  RequestPlan plan;
  plan.path = settings.payin_path;
  plan.body = {
      {"cascade_id", settings.payin_cascade_id},
      {"payment", Payment(order)},
      {"card", Card(order)},
      {"customer", Customer(order.input.customer)},
      {"workflow_hooks", Hooks(order.input.urls)},
  };
  plan.signer = settings.signer;
  plan.answer = {NoProof(), H2hPayInAnswerFields()};
  return plan;
}

}  // namespace cardvault
