#ifndef CARDVAULT_SANDBOX_OUTCOME_H_
#define CARDVAULT_SANDBOX_OUTCOME_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// What becomes of the payment. Each gateway has its own words for it.
enum class Verdict {
  kApproved,
  kRedirect,      // 3-D Secure: waits for the cardholder at a URL
  kPendingAsync,  // waits for 3-D Secure, without a URL
  kPending,
  kDeclinedRetry,  // a cascade goes on; H2H has no such word and says pending
  kDeclined,
  kError,
  kUnknownWord,  // a status word that no document lists
};

// What becomes of the answer.
enum class Fault {
  kNone,
  kServerError,         // HTTP 500
  kSlow,                // right, but late
  kClose,               // connection closed, no byte of an answer
  kReset,               // connection reset (RST), no byte of an answer
  kBadSignature,        // Praxis: wrong signature; H2H, whose answers carry none: JSON cut short
  kEchoCard,            // the card number in several spellings in several fields
  kOtherOrder,          // rightly signed, but of another order and amount
  kCutBody,             // Content-Length larger than the body, then closed
  kOversize,            // a valid answer of more than kOversizeBytes
  kHttpRedirect,        // HTTP 302
  kHtml,                // HTTP 200 with a page instead of JSON
  kCloseBeforeBooking,  // as kClose, and the payment never exists
  kBookLate,            // as kClose, and the payment exists only some time later
};

inline constexpr int64_t kOversizeBytes = 8 * 1024 * 1024;

struct Outcome {
  Verdict verdict = Verdict::kApproved;
  Fault fault = Fault::kNone;
  // With kDeclined and kError; string literals.
  absl::string_view error_code = "";
  absl::string_view error_text = "";
  int failing_lookups = 0;  // so many look-ups are answered with HTTP 500 first
  int lying_lookups = 0;    // so many are then answered with an untruth
  // Approval and decline are both notified, each twice.
  bool contradicts = false;

  bool books() const { return fault != Fault::kCloseBeforeBooking; }
};

// Chooses by wire amount (70001 to 70019) and else by CVV, as README.md lists. An empty CVV, as of
// a payout or refund, chooses nothing. Thread-safe.
Outcome ChooseOutcome(absl::string_view cvv, int64_t wire_amount);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_OUTCOME_H_
