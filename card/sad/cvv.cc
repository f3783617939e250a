#include "card/sad/cvv.h"

#include <algorithm>
#include <cstddef>
#include <ostream>

#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<Cvv> Cvv::Parse(absl::string_view digits, Brand brand) {
  const size_t wanted = CvvLengthOf(brand);
  const bool size_fits =
      wanted == 0 ? digits.size() == 3 || digits.size() == 4 : digits.size() == wanted;
  if (!size_fits ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return InvalidArgument(ErrorReason::kCvvInvalid, "card.cvv",
                           "a card verification code has 3 digits, on American Express cards 4");
  }
  return Cvv(SecretBytes::CopyOf(digits));
}

absl::string_view Cvv::Reveal(const SadAccessToken&) const& {
  return SecretBytesAccess::View(digits_);
}

void PrintTo(const Cvv&, std::ostream* os) { *os << "[CVV redacted]"; }

}  // namespace cardvault
