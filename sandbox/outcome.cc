#include "sandbox/outcome.h"

#include <optional>

namespace cardvault::sandbox {
namespace {

constexpr absl::string_view kErrorText = "Transaction failed at the processor";

std::optional<Outcome> ByAmount(int64_t wire_amount) {
  switch (wire_amount) {
    case 70001:
      return Outcome{Verdict::kPending, Fault::kNone};
    case 70002:
      return Outcome{Verdict::kDeclinedRetry, Fault::kNone};
    case 70003:
      return Outcome{Verdict::kApproved, Fault::kSlow};
    case 70004:
      return Outcome{Verdict::kApproved, Fault::kClose};
    case 70005:
      return Outcome{Verdict::kApproved, Fault::kReset};
    case 70006:
      return Outcome{Verdict::kApproved, Fault::kBadSignature};
    case 70007:
      return Outcome{Verdict::kApproved, Fault::kEchoCard};
    case 70008:
      return Outcome{Verdict::kApproved, Fault::kOtherOrder};
    case 70009:
      return Outcome{Verdict::kApproved, Fault::kCutBody};
    case 70010:
      return Outcome{Verdict::kApproved, Fault::kOversize};
    case 70011:
      return Outcome{Verdict::kApproved, Fault::kHttpRedirect};
    case 70012:
      return Outcome{Verdict::kApproved, Fault::kHtml};
    case 70013:
      return Outcome{Verdict::kError, Fault::kNone, "500", kErrorText};
    case 70014:
      return Outcome{Verdict::kApproved, Fault::kCloseBeforeBooking};
    case 70015:
      return Outcome{Verdict::kUnknownWord, Fault::kNone};
    case 70017:
      return Outcome{Verdict::kApproved, Fault::kBookLate};
    case 70018:
      return Outcome{.failing_lookups = 2};
    case 70019:
      return Outcome{.lying_lookups = 1};
    default:
      return std::nullopt;
  }
}

}  // namespace

Outcome ChooseOutcome(absl::string_view cvv, int64_t wire_amount) {
  if (const auto by_amount = ByAmount(wire_amount)) return *by_amount;
  if (cvv == "333" && wire_amount == 334) return {.contradicts = true};
  if (cvv == "333") return {Verdict::kRedirect, Fault::kNone};
  if (cvv == "000") return {Verdict::kDeclined, Fault::kNone, "711", "PreAuth error"};
  if (cvv == "444") return {Verdict::kError, Fault::kServerError, "500", kErrorText};
  if (cvv == "801") return {Verdict::kDeclined, Fault::kNone, "801", "Insufficient funds"};
  if (cvv == "900") return {Verdict::kDeclined, Fault::kNone, "900", "Lost card"};
  if (cvv == "901") return {Verdict::kDeclined, Fault::kNone, "901", "Stolen card"};
  if (cvv == "588" && wire_amount == 713) return {Verdict::kPendingAsync, Fault::kNone};
  return {};
}

}  // namespace cardvault::sandbox
