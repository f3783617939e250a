#include "forwarder/testing/test_orders.h"

#include <array>
#include <cstdint>
#include <variant>

#include "absl/strings/str_cat.h"

namespace cardvault {
namespace {

const char* SlotName(PlanSlot slot) {
  switch (slot) {
    case PlanSlot::kPan:
      return "<pan>";
    case PlanSlot::kCvv:
      return "<cvv>";
    case PlanSlot::kExpiryMonth:
      return "<month>";
    case PlanSlot::kExpiryYear:
      return "<year>";
    case PlanSlot::kExpiryMmSlashYyyy:
      return "<MM/YYYY>";
    case PlanSlot::kCardholderName:
      return "<name>";
    case PlanSlot::kTimestampSeconds:
      return "<seconds>";
  }
  return "";
}

void AddLines(const std::string& prefix, const PlanObject& body, std::vector<std::string>& lines) {
  for (const PlanField& field : body) {
    const std::string name = absl::StrCat(prefix, field.name);
    if (const auto* text = std::get_if<std::string>(&field.value)) {
      lines.push_back(absl::StrCat(name, "=\"", *text, "\""));
    } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
      lines.push_back(absl::StrCat(name, "=", *number));
    } else if (const auto* flag = std::get_if<bool>(&field.value)) {
      lines.push_back(absl::StrCat(name, "=", *flag ? "true" : "false"));
    } else if (const auto* slot = std::get_if<PlanSlot>(&field.value)) {
      lines.push_back(absl::StrCat(name, "=", SlotName(*slot)));
    } else if (const auto* encrypted = std::get_if<EncryptedSlot>(&field.value)) {
      lines.push_back(absl::StrCat(name, "=encrypted ", SlotName(encrypted->slot)));
    } else if (const auto* object = std::get_if<PlanObject>(&field.value)) {
      AddLines(name + ".", *object, lines);
    }
  }
}

}  // namespace

PaymentRequest FullPaymentRequest() {
  PaymentRequest input{{*MerchantId::Parse("shop", "merchant"), {}},
                       Token::FromBinary(VaultMode::kSandbox, {}),
                       "",
                       *RouteName::Parse("cards", "route"),
                       *PaymentId::Parse("order-1", "payment_id"),
                       1500,
                       "USD",
                       {},
                       {},
                       "Two books",
                       ""};
  input.customer = {"cust-1",
                    "Jane",
                    "Doe",
                    "a@example.com",
                    "+1 (212) 555-0142",
                    "198.51.100.24",
                    "1980-02-29",
                    "1 Main St",
                    "New York",
                    "US",
                    "NY",
                    "10001"};
  input.urls = {"https://m.example/n", "https://m.example/ret", "https://m.example/no"};
  return input;
}

std::vector<std::string> BodyLines(const PlanObject& body) {
  std::vector<std::string> lines;
  AddLines("", body, lines);
  return lines;
}

}  // namespace cardvault
