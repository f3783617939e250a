#ifndef CARDVAULT_FORWARDER_OUTBOUND_SLOT_VALUES_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SLOT_VALUES_H_

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/secret_bytes.h"
#include "card/card_profile.h"
#include "card/pan.h"
#include "card/sad/cvv.h"
#include "forwarder/outbound/request_plan.h"

namespace cardvault {

// The clear values for the slots of a plan. Lives while one request is rendered, no longer.
// Not thread-safe.
class SlotValues final {
 public:
  // `now`: the time of signing.
  explicit SlotValues(absl::Time now);

  void SetPan(Pan pan) { pan_ = std::move(pan); }
  void SetProfile(const CardProfile& profile);
  void SetCvv(Cvv cvv) { cvv_ = std::move(cvv); }

  // Encrypts the slot's value, with the credential that the slot names; TextOf has it from then on.
  // Errors: as TextOf of the slot itself, and as EncryptForVendor.
  absl::Status Encrypt(const EncryptedSlot& slot, const SecretBytes& secret);

  // As the value goes on the wire, before JSON's escapes. Valid as long as this.
  // FAILED_PRECONDITION (CVV_REQUIRED) for a CVV that is not set; INTERNAL for another value that
  // is not, or is not encrypted yet.
  absl::StatusOr<absl::string_view> TextOf(PlanSlot slot) const ABSL_ATTRIBUTE_LIFETIME_BOUND;
  absl::StatusOr<absl::string_view> TextOf(const EncryptedSlot& slot) const
      ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Whether a slot is a JSON integer; the others are strings.
  static bool IsInteger(PlanSlot slot);

 private:
  std::optional<Pan> pan_;
  std::optional<Cvv> cvv_;
  bool has_profile_ = false;
  SecretBytes month_;
  SecretBytes year_;
  SecretBytes month_slash_year_;
  SecretBytes name_;
  SecretBytes timestamp_;
  std::map<std::pair<PlanSlot, std::string>, SecretBytes> encrypted_;  // by slot and credential
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SLOT_VALUES_H_
