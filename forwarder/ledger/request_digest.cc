#include "forwarder/ledger/request_digest.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"
#include "keys/key_purpose.h"

namespace cardvault {
namespace {

// The digest is of public size: what is compared is no secret, but it costs nothing to be careful.
bool EqualDigests(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

}  // namespace

std::string RequestDigest(const MacKey& mac, const PaymentRequest& input) {
  const std::string amount = BigEndian64(static_cast<uint64_t>(input.amount));
  const PayingCustomer& customer = input.customer;
  const std::string title = absl::StrCat("cardvault ", PaymentKindName(input.kind), " digest v1");
  std::vector<absl::string_view> parts = {
      title,
      "merchant",
      input.call.merchant.value(),
      "payment_id",
      input.payment_id.value(),
      "token",
      input.token.text(),
      "route",
      input.route.value(),
      "amount",
      amount,
      "currency",
      input.currency,
      "customer.id",
      customer.id,
      "customer.first_name",
      customer.first_name,
      "customer.last_name",
      customer.last_name,
      "customer.email",
      customer.email,
      "customer.phone",
      customer.phone,
      "customer.ip_address",
      customer.ip_address,
      "customer.birth_date",
      customer.birth_date,
      "customer.address",
      customer.address,
      "customer.city",
      customer.city,
      "customer.country",
      customer.country,
      "customer.state",
      customer.state,
      "customer.postal_code",
      customer.postal_code,
      "urls.notification_url",
      input.urls.notification_url,
      "urls.return_success_url",
      input.urls.return_success_url,
      "urls.return_decline_url",
      input.urls.return_decline_url,
      "description",
      input.description,
      "upstream",
      input.wanted_connector,
  };
  if (input.original.has_value()) {
    parts.push_back("original_payment_id");
    parts.push_back(input.original->value());
  }
  return mac.Mac(absl::MakeConstSpan(parts));
}

absl::Status RecordRequestDigest(const Keyring& keyring, const PaymentRequest& input,
                                 storage::v1::PaymentRecord& record) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac,
                   keyring.ActiveMac(KeyPurpose::kRequestDigest));
  record.set_request_digest(RequestDigest(*mac, input));
  record.set_digest_key_version(mac->version());
  record.set_digest_format(kRequestDigestFormat);
  return absl::OkStatus();
}

absl::StatusOr<bool> IsSameRequest(const Keyring& keyring, const PaymentRequest& input,
                                   const storage::v1::PaymentRecord& record) {
  if (record.kind() != static_cast<uint32_t>(input.kind)) return false;
  if (record.digest_format() != kRequestDigestFormat) {
    return DataLoss("a payment has a request digest of an unknown format");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac,
                   keyring.MacVersion(KeyPurpose::kRequestDigest, record.digest_key_version()));
  return EqualDigests(RequestDigest(*mac, input), record.request_digest());
}

}  // namespace cardvault
