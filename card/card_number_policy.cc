#include "card/card_number_policy.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/access/pan_access.h"
#include "card/test_pans.h"

namespace cardvault {
namespace {

constexpr absl::string_view kGeneratedPrefix = "999999";
constexpr size_t kGeneratedDigits = 16;

}  // namespace

absl::Status CheckAllowed(const Pan& pan, VaultMode mode) {
  const absl::string_view digits = pan.Reveal(PanAccess::Token());
  const bool generated_range = absl::StartsWith(digits, kGeneratedPrefix);
  if (mode == VaultMode::kProduction) {
    if (!generated_range) return absl::OkStatus();
    return InvalidArgument(ErrorReason::kPanInvalid, "card.number",
                           "numbers under 999999 are test numbers: a production vault takes none");
  }
  if (generated_range && digits.size() == kGeneratedDigits) return absl::OkStatus();
  if (std::find(std::begin(kPublishedTestPans), std::end(kPublishedTestPans), digits) !=
      std::end(kPublishedTestPans)) {
    return absl::OkStatus();
  }
  return InvalidArgument(ErrorReason::kPanInvalid, "card.number",
                         "a sandbox vault takes published test numbers and 16-digit numbers under "
                         "999999 only");
}

}  // namespace cardvault
