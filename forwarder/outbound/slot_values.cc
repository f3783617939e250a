#include "forwarder/outbound/slot_values.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/access/secret_buffer.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/access/pan_access.h"
#include "card/sad/access/sad_access.h"
#include "forwarder/outbound/vendor_card_cipher.h"

namespace cardvault {

SlotValues::SlotValues(absl::Time now)
    : timestamp_(SecretBytes::CopyOf(absl::StrCat(absl::ToUnixSeconds(now)))) {}

void SlotValues::SetProfile(const CardProfile& profile) {
  const int month = profile.expiry.month();
  const int year = profile.expiry.year();
  CV_CHECK(month >= 1 && month <= 12 && year >= 1000 && year <= 9999);
  // Digit by digit, so that no library leaves them in a buffer of its own.
  SecretBuffer two_digits;
  two_digits.Append(static_cast<char>('0' + month / 10));
  two_digits.Append(static_cast<char>('0' + month % 10));
  SecretBuffer four_digits;
  for (const int unit : {1000, 100, 10, 1}) {
    four_digits.Append(static_cast<char>('0' + year / unit % 10));
  }
  SecretBuffer both;
  both.Append(two_digits.View());
  both.Append('/');
  both.Append(four_digits.View());
  month_ = SecretBytes::CopyOf(two_digits.View().substr(month < 10 ? 1 : 0));
  year_ = four_digits.Release();
  month_slash_year_ = both.Release();
  name_ = SecretBytes::CopyOf(profile.cardholder_name);
  has_profile_ = true;
}

absl::StatusOr<absl::string_view> SlotValues::TextOf(PlanSlot slot) const {
  switch (slot) {
    case PlanSlot::kPan:
      if (pan_.has_value()) return pan_->Reveal(PanAccess::Token());
      break;
    case PlanSlot::kCvv:
      if (cvv_.has_value()) return cvv_->Reveal(SadAccess::Token());
      return FailedPrecondition(ErrorReason::kCvvRequired,
                                "this request needs a card verification code");
    case PlanSlot::kExpiryMonth:
      if (has_profile_) return SecretBytesAccess::View(month_);
      break;
    case PlanSlot::kExpiryYear:
      if (has_profile_) return SecretBytesAccess::View(year_);
      break;
    case PlanSlot::kExpiryMmSlashYyyy:
      if (has_profile_) return SecretBytesAccess::View(month_slash_year_);
      break;
    case PlanSlot::kCardholderName:
      if (has_profile_) return SecretBytesAccess::View(name_);
      break;
    case PlanSlot::kTimestampSeconds:
      return SecretBytesAccess::View(timestamp_);
  }
  return Internal(ErrorReason::kInternal, "the request needs a card that was not given");
}

absl::Status SlotValues::Encrypt(const EncryptedSlot& slot, const SecretBytes& secret) {
  ASSIGN_OR_RETURN(const absl::string_view clear, TextOf(slot.slot));
  ASSIGN_OR_RETURN(SecretBytes encrypted,
                   EncryptForVendor(clear, secret, SecretBytesAccess::View(timestamp_)));
  encrypted_[{slot.slot, slot.secret_name}] = std::move(encrypted);
  return absl::OkStatus();
}

absl::StatusOr<absl::string_view> SlotValues::TextOf(const EncryptedSlot& slot) const {
  const auto found = encrypted_.find({slot.slot, slot.secret_name});
  if (found == encrypted_.end()) {
    return Internal(ErrorReason::kInternal, "a card field of the request is not encrypted");
  }
  return SecretBytesAccess::View(found->second);
}

bool SlotValues::IsInteger(PlanSlot slot) {
  return slot == PlanSlot::kExpiryMonth || slot == PlanSlot::kExpiryYear ||
         slot == PlanSlot::kTimestampSeconds;
}

}  // namespace cardvault
