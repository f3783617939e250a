#include "forwarder/outbound/signed_plan_for_test.h"

#include <memory>
#include <utility>
#include <variant>

#include "base/secret_bytes.h"
#include "base/status.h"
#include "card/card_profile.h"
#include "card/expiry.h"
#include "card/pan.h"
#include "card/sad/cvv.h"
#include "card/test_pans.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/outbound/signed_request.h"
#include "forwarder/outbound/slot_values.h"
#include "forwarder/outbound/upstream_url.h"

namespace cardvault {
namespace {

absl::Status EncryptSlots(const PlanObject& body, const SecretBytes& secret, SlotValues& values) {
  for (const PlanField& field : body) {
    if (const auto* const slot = std::get_if<EncryptedSlot>(&field.value)) {
      RETURN_IF_ERROR(values.Encrypt(*slot, secret));
    } else if (const auto* const inside = std::get_if<PlanObject>(&field.value)) {
      RETURN_IF_ERROR(EncryptSlots(*inside, secret, values));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SignedPlan> SignForTest(const RequestPlan& plan, absl::Time now) {
  const auto secret = std::make_shared<const SecretBytes>(SecretBytes::CopyOf("MerchantSecretKey"));
  RouteSecrets secrets;
  secrets["merchant_secret"].current = secret;
  SlotValues values(now);
  values.SetPan(*Pan::Parse(kVisaTestPan));
  values.SetProfile(CardProfile{*Expiry::Create(12, 2030), "Jane Doe"});
  values.SetCvv(*Cvv::Parse("568", Brand::kVisa));
  RETURN_IF_ERROR(EncryptSlots(plan.body, *secret, values));
  ASSIGN_OR_RETURN(const UpstreamUrl url, JoinUpstreamUrl("https://gateway.example", plan.path));
  ASSIGN_OR_RETURN(SignedRequest request, BuildSignedRequest(plan, url, secrets, values, now));
  ASSIGN_OR_RETURN(MessageDocument body, MessageDocument::Parse(request.message.body));
  return SignedPlan{std::move(request.message.headers), std::move(body)};
}

}  // namespace cardvault
