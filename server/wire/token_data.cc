#include "server/wire/token_data.h"

#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

v1::Brand ToBrand(Brand brand) {
  switch (brand) {
    case Brand::kUnknown:
      return v1::BRAND_UNKNOWN;
    case Brand::kVisa:
      return v1::BRAND_VISA;
    case Brand::kMastercard:
      return v1::BRAND_MASTERCARD;
    case Brand::kAmex:
      return v1::BRAND_AMEX;
    case Brand::kDiscover:
      return v1::BRAND_DISCOVER;
    case Brand::kDiners:
      return v1::BRAND_DINERS;
    case Brand::kJcb:
      return v1::BRAND_JCB;
    case Brand::kUnionPay:
      return v1::BRAND_UNIONPAY;
    case Brand::kMaestro:
      return v1::BRAND_MAESTRO;
    case Brand::kMir:
      return v1::BRAND_MIR;
    case Brand::kSandbox:
      return v1::BRAND_SANDBOX;
  }
  return v1::BRAND_UNKNOWN;
}

v1::CvvState ToCvvState(CvvState state) {
  switch (state) {
    case CvvState::kNone:
      return v1::CVV_STATE_NONE;
    case CvvState::kHeld:
      return v1::CVV_STATE_HELD;
    case CvvState::kLeased:
      return v1::CVV_STATE_LEASED;
    case CvvState::kConsumed:
      return v1::CVV_STATE_CONSUMED;
    case CvvState::kExpired:
      return v1::CVV_STATE_EXPIRED;
  }
  return v1::CVV_STATE_UNSPECIFIED;
}

}  // namespace

v1::TokenState ToTokenState(TokenState state) {
  switch (state) {
    case TokenState::kActive:
      return v1::TOKEN_STATE_ACTIVE;
    case TokenState::kDisabled:
      return v1::TOKEN_STATE_DISABLED;
    case TokenState::kUsed:
      return v1::TOKEN_STATE_USED;
  }
  return v1::TOKEN_STATE_UNSPECIFIED;
}

v1::TokenData ToTokenData(const TokenView& view, const CvvStatus& cvv) {
  v1::TokenData data;
  data.set_token(view.token.text());
  data.set_brand(ToBrand(view.brand));
  data.set_bin(view.truncated.bin);
  data.set_last_four(view.truncated.last_four);
  data.set_expiry_month(view.profile.expiry.month());
  data.set_expiry_year(view.profile.expiry.year());
  data.set_cardholder_name(view.profile.cardholder_name);
  data.set_fingerprint(view.fingerprint);
  data.set_customer_id(view.customer_id);
  for (const auto& [key, value] : view.labels) (*data.mutable_labels())[key] = value;
  data.set_state(ToTokenState(view.state));
  data.set_cvv_state(ToCvvState(cvv.state));
  if (cvv.held_until.has_value()) *data.mutable_cvv_held_until() = ToTimestamp(*cvv.held_until);
  data.set_revision(static_cast<int64_t>(view.revision));
  *data.mutable_create_time() = ToTimestamp(view.create_time);
  *data.mutable_update_time() = ToTimestamp(view.update_time);
  if (view.delete_time.has_value()) *data.mutable_delete_time() = ToTimestamp(*view.delete_time);
  data.set_single_use(view.single_use);
  return data;
}

}  // namespace cardvault
