#ifndef CARDVAULT_FORWARDER_ANSWER_READER_H_
#define CARDVAULT_FORWARDER_ANSWER_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/outbound/answer_field.h"
#include "forwarder/sent_payment.h"

namespace cardvault {

// Bounds of what an upstream's answer brings into the ledger, in bytes: an answer may have
// kMaxAnswerSize, a record stays small.
inline constexpr size_t kMaxRawStatusSize = 64;
inline constexpr size_t kMaxErrorCodeSize = 64;
inline constexpr size_t kMaxErrorTextSize = 256;
inline constexpr size_t kMaxProcessorSize = 100;
inline constexpr size_t kMaxUpstreamIdSize = 100;
inline constexpr size_t kMaxRedirectUrlSize = 2048;

// Looks fields of an answer or notification up and bounds them. The fields outlive it. Thread-safe.
class AnswerReader final {
 public:
  explicit AnswerReader(const std::vector<AnswerField>& fields) : fields_(fields) {}

  // Present and not null.
  bool Has(absl::string_view path) const;

  // "" when absent or null; cut between characters at `max_size` bytes; control characters become
  // spaces, and kCardNumberRemoved stands for a text that this makes hold a card number.
  std::string Text(absl::string_view path, size_t max_size) const;

  // A URL that a cardholder can be sent to: https, printable, kMaxRedirectUrlSize at most; ""
  // otherwise, because half a URL is none.
  std::string Url(absl::string_view path) const;

  // Adds the id under its field's name; one that is too long is left out.
  void AddId(absl::string_view path, PaymentOutcome& outcome) const;

  // Takes an amount of the payment's currency as it stands on its wire for what was settled; leaves
  // the outcome alone when it is absent or none. More than was asked for is for a person.
  void ReadSettledAmount(absl::string_view path, const SentPayment& sent,
                         PaymentOutcome& outcome) const;

  // Present, and another text than `expected`: the answer is about something else.
  bool SaysOther(absl::string_view path, absl::string_view expected) const;
  // Present, and not this integer.
  bool SaysOtherAmount(absl::string_view path, int64_t expected) const;

 private:
  const AnswerField* Find(absl::string_view path) const;

  const std::vector<AnswerField>& fields_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ANSWER_READER_H_
