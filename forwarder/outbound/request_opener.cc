#include "forwarder/outbound/request_opener.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/error_reason.h"
#include "base/status.h"
#include "card/card_profile.h"
#include "card/sad/cvv.h"
#include "vault/sealing/card_sealer.h"

namespace cardvault {
namespace {

absl::Status NoCard() {
  return Internal(ErrorReason::kInternal, "the request needs a card that was not given");
}

bool NeedsProfile(const PlanObject& body) {
  return HasSlot(body, PlanSlot::kExpiryMonth) || HasSlot(body, PlanSlot::kExpiryYear) ||
         HasSlot(body, PlanSlot::kExpiryMmSlashYyyy) || HasSlot(body, PlanSlot::kCardholderName);
}

absl::Status EncryptSlots(const PlanObject& body, const RouteSecrets& secrets, SlotValues& values) {
  for (const PlanField& field : body) {
    if (const auto* const slot = std::get_if<EncryptedSlot>(&field.value)) {
      ASSIGN_OR_RETURN(const SecretBytes* const secret, SigningSecret(secrets, slot->secret_name));
      RETURN_IF_ERROR(values.Encrypt(*slot, *secret));
    } else if (const auto* const inside = std::get_if<PlanObject>(&field.value)) {
      RETURN_IF_ERROR(EncryptSlots(*inside, secrets, values));
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool HasSlot(const PlanObject& body, PlanSlot slot) {
  return std::any_of(body.begin(), body.end(), [&](const PlanField& field) {
    if (const auto* const here = std::get_if<PlanSlot>(&field.value)) return *here == slot;
    if (const auto* const here = std::get_if<EncryptedSlot>(&field.value)) {
      return here->slot == slot;
    }
    const auto* const inside = std::get_if<PlanObject>(&field.value);
    return inside != nullptr && HasSlot(*inside, slot);
  });
}

absl::StatusOr<Pan> OpenPanOf(const OutboundRequest& request) {
  if (!request.card.has_value() || request.keyring == nullptr) return NoCard();
  const SealedCardRef& card = *request.card;
  return CardSealer::OpenPan(*request.keyring, card.merchant, card.token,
                             {card.pan_key_version, card.sealed_pan});
}

absl::StatusOr<SlotValues> OpenSlots(const OutboundRequest& request, absl::Time now) {
  const PlanObject& body = request.plan.body;
  SlotValues values(now);
  if (HasSlot(body, PlanSlot::kPan)) {
    ASSIGN_OR_RETURN(Pan pan, OpenPanOf(request));
    values.SetPan(std::move(pan));
  }
  if (NeedsProfile(body)) {
    if (!request.card.has_value() || request.keyring == nullptr) return NoCard();
    const SealedCardRef& card = *request.card;
    ASSIGN_OR_RETURN(const CardProfile profile,
                     CardSealer::OpenProfile(*request.keyring, card.merchant, card.token,
                                             {card.profile_key_version, card.sealed_profile}));
    values.SetProfile(profile);
  }
  if (HasSlot(body, PlanSlot::kCvv) && request.cvv.has_value()) {
    ASSIGN_OR_RETURN(Cvv cvv, request.cvv->Open());
    values.SetCvv(std::move(cvv));
  }
  RETURN_IF_ERROR(EncryptSlots(body, request.secrets, values));
  return values;
}

}  // namespace cardvault
