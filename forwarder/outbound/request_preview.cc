#include "forwarder/outbound/request_preview.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "forwarder/outbound/signed_request.h"
#include "forwarder/outbound/slot_values.h"
#include "forwarder/outbound/vendor_card_cipher.h"

namespace cardvault {
namespace {

using Value = decltype(PlanField::value);

Value ShownOf(PlanSlot slot, const PreviewCard& card) {
  switch (slot) {
    case PlanSlot::kPan:
      return absl::StrCat(card.bin, "******", card.last_four);
    case PlanSlot::kCvv:
      return std::string("***");
    case PlanSlot::kExpiryMonth:
      return int64_t{card.expiry_month};
    case PlanSlot::kExpiryYear:
      return int64_t{card.expiry_year};
    case PlanSlot::kExpiryMmSlashYyyy:
      return absl::StrFormat("%02d/%04d", card.expiry_month, card.expiry_year);
    case PlanSlot::kCardholderName:
      return card.cardholder_name;
    case PlanSlot::kTimestampSeconds:
      break;
  }
  return slot;  // holds nothing of a card
}

// The same body without a place for a card.
absl::StatusOr<PlanObject> ShownOf(const PlanObject& body, const PreviewCard& card,
                                   const RouteSecrets& secrets) {
  PlanObject shown;
  for (const PlanField& field : body) {
    Value value = field.value;
    if (const auto* const slot = std::get_if<PlanSlot>(&field.value)) {
      value = ShownOf(*slot, card);
    } else if (const auto* const encrypted = std::get_if<EncryptedSlot>(&field.value)) {
      ASSIGN_OR_RETURN(const SecretBytes* const secret,
                       SigningSecret(secrets, encrypted->secret_name));
      RETURN_IF_ERROR(CheckVendorSecret(*secret));
      value = std::string("[encrypted]");
    } else if (const auto* const inside = std::get_if<PlanObject>(&field.value)) {
      ASSIGN_OR_RETURN(value, ShownOf(*inside, card, secrets));
    }
    shown.push_back({field.name, std::move(value)});
  }
  return shown;
}

}  // namespace

absl::StatusOr<RequestPreview> RenderPreview(const RequestPlan& plan, const UpstreamUrl& url,
                                             const PreviewCard& card, const RouteSecrets& secrets,
                                             absl::Time now) {
  RequestPlan shown = plan;
  ASSIGN_OR_RETURN(shown.body, ShownOf(plan.body, card, secrets));
  // Signed as well, because that tells whether it can be, and how long a signature is.
  ASSIGN_OR_RETURN(SignedRequest request,
                   BuildSignedRequest(shown, url, secrets, SlotValues(now), now));
  const std::string instead =
      absl::StrCat("[signature, ", request.signature.size(), " characters]");
  RequestPreview preview;
  preview.url = url.url;
  preview.headers = std::move(request.message.headers);
  for (auto& [name, value] : preview.headers) {
    if (value == request.signature) value = instead;
  }
  preview.body = absl::StrReplaceAll(SecretBytesAccess::View(request.message.body),
                                     {{request.signature, instead}});
  return preview;
}

}  // namespace cardvault
