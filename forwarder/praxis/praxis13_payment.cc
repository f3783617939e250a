#include "forwarder/praxis/praxis13_payment.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/status.h"
#include "forwarder/praxis/praxis13_signing.h"
#include "forwarder/praxis/praxis_fields.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {
namespace {

const char* TransactionType(PaymentKind kind) {
  switch (kind) {
    case PaymentKind::kPayOut:
      return "payout";
    case PaymentKind::kRefund:
      return "refund";
    case PaymentKind::kPayIn:
      break;
  }
  return "sale";
}

EncryptedSlot Encrypted(PlanSlot slot) { return {slot, kPraxisSecretName}; }

// What every kind of payment has.
PlanObject PaymentBody(const PaymentOrder& order, const Praxis13Settings& settings) {
  return {{"merchant_id", settings.merchant_id},
          {"application_key", settings.application_key},
          {"version", std::string(kPraxis13Version)},
          {"timestamp", PlanSlot::kTimestampSeconds},
          {"transaction_type", std::string(TransactionType(order.request.kind))},
          {"currency", order.request.currency},
          {"amount", order.wire_amount},
          {"order_id", std::string(order.reference)},
          {"cid", order.request.customer.id},
          {"locale", settings.locale}};
}

PlanObject CardData(const PaymentOrder& order, const Praxis13Settings::CardFields& names) {
  PlanObject card = {{names.number, Encrypted(PlanSlot::kPan)},
                     {names.expiry, Encrypted(PlanSlot::kExpiryMmSlashYyyy)}};
  if (order.with_cvv) card.push_back({names.cvv, Encrypted(PlanSlot::kCvv)});
  return card;
}

RequestPlan PlanDirectCard(const PaymentOrder& order, const Praxis13Settings& settings) {
  const PayingCustomer& customer = order.request.customer;
  RequestPlan plan;
  plan.path = settings.direct_process_path;
  plan.body = PaymentBody(order, settings);
  plan.body.push_back({"gateway", settings.gateway});
  AddIfAny("notification_url", order.request.urls.notification_url, plan.body);
  plan.body.push_back({"return_url", order.request.urls.return_success_url});
  PlanObject person;
  AddPraxisPerson(customer, person);
  plan.body.push_back({"customer_data", std::move(person)});
  plan.body.push_back({"card_data", CardData(order, settings.card_fields)});
  if (!customer.ip_address.empty()) {
    plan.body.push_back({"device_data", PlanObject{{"ip_address", customer.ip_address}}});
  }
  SignPraxis13Plan({"merchant_id", "application_key", "timestamp", "transaction_type", "cid",
                    "order_id", "currency", "amount", "gateway", "notification_url", "return_url",
                    absl::StrCat("card_data.", settings.card_fields.number)},
                   settings.answer_values, plan);
  return plan;
}

RequestPlan PlanRefund(const PaymentOrder& order, const Praxis13Settings& settings) {
  int64_t tid = 0;
  (void)absl::SimpleAtoi(order.refund_of, &tid);  // CheckOrder has looked
  RequestPlan plan;
  plan.path = settings.refund_path;
  plan.body = PaymentBody(order, settings);
  plan.body.push_back({"reference_id", tid});
  SignPraxis13Plan(settings.refund_values, settings.refund_answer_values, plan);
  return plan;
}

// The id came from the upstream; a dry run may have none.
absl::Status CheckTid(absl::string_view tid) {
  int64_t number = 0;
  if (tid.empty() || absl::SimpleAtoi(tid, &number)) return absl::OkStatus();
  return FailedPrecondition(ErrorReason::kNotRefundable,
                            "the upstream's id of the approved payment is no integer");
}

}  // namespace

void CheckPraxis13Payment(const PaymentOrder& order, FieldFaults& faults) {
  if (order.request.kind == PaymentKind::kRefund) {
    faults.Add(CheckId(order.request.customer.id, "customer.id"));
    faults.Add(CheckTid(order.refund_of));
    return;
  }
  CheckPraxisCustomer(order.request.customer, faults);
  CheckPraxisUrls(order.request.urls, faults);
}

RequestPlan PlanPraxis13Payment(const PaymentOrder& order, const Praxis13Settings& settings) {
  return order.request.kind == PaymentKind::kRefund ? PlanRefund(order, settings)
                                                    : PlanDirectCard(order, settings);
}

}  // namespace cardvault
