#include "forwarder/h2h/h2h_notification.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "forwarder/answer_reader.h"
#include "forwarder/h2h/h2h_answer.h"

namespace cardvault {
namespace {

constexpr char kSettledAmount[] = "processing_info.amount_acquired";

// The word stands under `status` in status answers and under `payment_status` in create answers;
// which a callback uses is not known.
std::string WordOf(const AnswerReader& reader) {
  const std::string word = reader.Text("status", kMaxRawStatusSize);
  return word.empty() ? reader.Text("payment_status", kMaxRawStatusSize) : word;
}

// The time that the signature covers; the body of a callback is not known to have one.
std::optional<absl::Time> SignedTime(const MessageHeaders& headers, const H2hSettings& settings) {
  const auto* const proof = std::get_if<CanonicalHmacProof>(&settings.notification_proof);
  if (proof == nullptr || proof->timestamp_header.empty()) return std::nullopt;
  const std::optional<absl::string_view> text = FindHeader(headers, proof->timestamp_header);
  int64_t milliseconds = 0;
  if (!text.has_value() || !absl::SimpleAtoi(*text, &milliseconds)) return absl::InfinitePast();
  return absl::FromUnixMillis(milliseconds);
}

}  // namespace

MessageRule H2hNotificationRule(const H2hSettings& settings) {
  return {settings.notification_proof,
          {"payment_id", "merchant_payment_id", "status", "payment_status", "payment_url",
           "error_code", "error_message", "amount", "currency", kSettledAmount}};
}

NotificationNews ReadH2hNotification(const ReadMessage& message, const MessageHeaders& headers,
                                     const H2hSettings& settings) {
  const AnswerReader reader(message.fields);
  NotificationNews news;
  news.reference = reader.Text("merchant_payment_id", kMaxUpstreamIdSize);
  // With the sums: one that spoke of another amount does not stand in the way of the true one.
  news.identity = absl::StrCat(reader.Text("payment_id", kMaxUpstreamIdSize), "|", WordOf(reader),
                               "|", reader.Text("amount", kMaxUpstreamIdSize), "|",
                               reader.Text("currency", kMaxUpstreamIdSize), "|",
                               reader.Text(kSettledAmount, kMaxUpstreamIdSize));
  news.time = SignedTime(headers, settings);
  return news;
}

PaymentOutcome ReadH2hNotifiedOutcome(const ReadMessage& message, const SentPayment& sent) {
  const AnswerReader reader(message.fields);
  PaymentOutcome outcome;
  // Where none is known yet, the gateway's id is taken from here: the proof is over the whole body
  // (h2h_settings.cc).
  const std::string known_id = NewestUpstreamId(sent, "payment_id");
  if (SaysAnotherH2hPayment(reader, sent) ||
      (!known_id.empty() && reader.SaysOther("payment_id", known_id))) {
    outcome.conflict = true;
    return outcome;
  }
  outcome.raw_status = WordOf(reader);
  outcome.error_code = reader.Text("error_code", kMaxErrorCodeSize);
  outcome.error_text = reader.Text("error_message", kMaxErrorTextSize);
  reader.AddId("payment_id", outcome);
  outcome.redirect_url = reader.Url("payment_url");
  reader.ReadSettledAmount(kSettledAmount, sent, outcome);
  outcome.state = H2hStateOf(outcome.raw_status, !outcome.redirect_url.empty());
  return outcome;
}

}  // namespace cardvault
