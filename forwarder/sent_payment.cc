#include "forwarder/sent_payment.h"

#include <optional>

#include "base/status.h"
#include "forwarder/amount.h"
#include "forwarder/iso_currency.h"

namespace cardvault {

absl::StatusOr<SentPayment> SentPaymentOf(const storage::v1::PaymentRecord& record) {
  const std::optional<int> iso_exponent = IsoExponent(record.currency());
  if (!iso_exponent.has_value()) return DataLoss("a payment has an unknown currency");
  SentPayment sent;
  sent.reference = record.upstream_reference();
  sent.currency = record.currency();
  sent.wire_exponent = static_cast<int>(record.wire_exponent());
  sent.iso_exponent = *iso_exponent;
  const absl::StatusOr<int64_t> wire_amount =
      ToWireAmount(record.amount(), sent.iso_exponent, sent.wire_exponent);
  if (!wire_amount.ok()) return DataLoss("a payment has an amount that was never sent");
  sent.wire_amount = *wire_amount;
  sent.kind = static_cast<PaymentKind>(record.kind());
  sent.state = static_cast<PaymentState>(record.state());
  sent.raw_status = record.raw_status();
  for (const storage::v1::UpstreamIdRow& id : record.upstream_ids()) {
    sent.upstream_ids.emplace_back(id.name(), id.value());
  }
  return sent;
}

std::string NewestUpstreamId(const SentPayment& sent, absl::string_view name) {
  std::string newest;
  for (const auto& [id_name, value] : sent.upstream_ids) {
    if (id_name == name) newest = value;
  }
  return newest;
}

}  // namespace cardvault
