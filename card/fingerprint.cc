#include "card/fingerprint.h"

#include "absl/strings/match.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "card/base32.h"
#include "card/free_text.h"

namespace cardvault {
namespace {

constexpr absl::string_view kPrefix = "fpr_";
constexpr size_t kRandomSize = 16;
constexpr size_t kTextSize = kPrefix.size() + (kRandomSize * 8 + 4) / 5;

}  // namespace

Fingerprint Fingerprint::Allot() {
  while (true) {
    std::string text(kPrefix);
    text.append(Base32Lower(RandomBytes(kRandomSize)));
    // About one in a billion has digits that a detector would take for a card number.
    if (!HoldsCardNumber(text)) return Fingerprint(std::move(text));
  }
}

absl::StatusOr<Fingerprint> Fingerprint::Parse(absl::string_view text) {
  std::string binary;
  if (!absl::StartsWith(text, kPrefix) || text.size() != kTextSize ||
      !DecodeBase32Lower(text.substr(kPrefix.size()), binary) || binary.size() != kRandomSize) {
    return InvalidArgument(ErrorReason::kIdInvalid, "fingerprint",
                           "a fingerprint is fpr_ and 26 characters of lower-case base32");
  }
  return Fingerprint(std::string(text));
}

}  // namespace cardvault
