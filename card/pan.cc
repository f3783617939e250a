#include "card/pan.h"

#include <algorithm>
#include <ostream>
#include <string>

#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/luhn.h"

namespace cardvault {
namespace {

constexpr size_t kMinDigits = 12;
constexpr size_t kMaxDigits = 19;
constexpr size_t kLastDigits = 4;
// Of every card at least this many digits are removed.
constexpr size_t kMinRemovedDigits = 4;
// Shorter numbers never show eight leading digits (PCI SSC FAQ 1091).
constexpr size_t kMinDigitsForLongBin = 16;

absl::Status CheckDigits(absl::string_view digits) {
  // Cheapest first: a megabyte is refused by its size.
  if (digits.size() < kMinDigits || digits.size() > kMaxDigits) {
    return InvalidArgument(ErrorReason::kPanInvalid, "card.number",
                           "a card number has 12 to 19 digits");
  }
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return InvalidArgument(ErrorReason::kPanInvalid, "card.number",
                           "a card number has digits only, without spaces or dashes");
  }
  if (!PassesLuhn(digits)) {
    return InvalidArgument(ErrorReason::kPanInvalid, "card.number",
                           "the card number's check digit is wrong; some UnionPay numbers have "
                           "none and are not taken");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Pan> Pan::Parse(absl::string_view digits) {
  RETURN_IF_ERROR(CheckDigits(digits));
  return Pan(SecretBytes::CopyOf(digits));
}

absl::StatusOr<Pan> Pan::FromSecret(SecretBytes digits) {
  RETURN_IF_ERROR(CheckDigits(SecretBytesAccess::View(digits)));
  return Pan(std::move(digits));
}

Pan Pan::Clone() const { return Pan(digits_.Clone()); }

Brand Pan::brand() const { return BrandOf(SecretBytesAccess::View(digits_)); }

TruncatedPan Pan::Truncate(BinLength configured) const {
  const absl::string_view digits = SecretBytesAccess::View(digits_);
  const size_t bin_limit = digits.size() >= kMinDigitsForLongBin ? 8 : 6;
  const size_t bin_size = std::min({static_cast<size_t>(configured), bin_limit,
                                    digits.size() - kLastDigits - kMinRemovedDigits});
  TruncatedPan result;
  result.bin = std::string(digits.substr(0, bin_size));
  result.last_four = std::string(digits.substr(digits.size() - kLastDigits));
  result.digit_count = digits.size();
  return result;
}

absl::string_view Pan::Reveal(const PanAccessToken&) const& {
  return SecretBytesAccess::View(digits_);
}

void PrintTo(const Pan&, std::ostream* os) { *os << "[PAN redacted]"; }

}  // namespace cardvault
