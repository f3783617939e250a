#include "forwarder/amount.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// `amount` x 10^(to - from).
absl::StatusOr<int64_t> Shift(int64_t amount, int from, int to) {
  CV_CHECK(from >= 0 && from <= kMaxExponent && to >= 0 && to <= kMaxExponent);
  for (; from < to; ++from) {
    if (__builtin_mul_overflow(amount, int64_t{10}, &amount)) {
      return InvalidArgument(ErrorReason::kAmountInvalid, "amount",
                             "the amount is too large for this route");
    }
  }
  for (; from > to; --from) {
    if (amount % 10 != 0) {
      return InvalidArgument(ErrorReason::kAmountInvalid, "amount",
                             "the amount has more decimal digits than this route can send");
    }
    amount /= 10;
  }
  return amount;
}

}  // namespace

absl::StatusOr<int64_t> ToWireAmount(int64_t amount, int iso_exponent, int wire_exponent) {
  if (amount <= 0) {
    return InvalidArgument(ErrorReason::kAmountInvalid, "amount", "the amount must be above 0");
  }
  return Shift(amount, iso_exponent, wire_exponent);
}

absl::StatusOr<int64_t> FromWireAmount(int64_t wire_amount, int wire_exponent, int iso_exponent) {
  if (wire_amount < 0) {
    return InvalidArgument(ErrorReason::kAmountInvalid, "amount", "the amount must not be below 0");
  }
  return Shift(wire_amount, wire_exponent, iso_exponent);
}

absl::StatusOr<int64_t> ParseWireAmount(absl::string_view literal) {
  int64_t amount = 0;
  const bool digits_only = std::all_of(literal.begin(), literal.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!digits_only || !absl::SimpleAtoi(literal, &amount)) {
    return InvalidArgument(ErrorReason::kAmountInvalid, "amount", "not an integer amount");
  }
  return amount;
}

}  // namespace cardvault
