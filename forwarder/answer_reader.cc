#include "forwarder/answer_reader.h"

#include "absl/strings/ascii.h"
#include "base/utf8.h"
#include "forwarder/amount.h"
#include "forwarder/field_rules.h"
#include "forwarder/outbound/upstream_card_detector.h"

namespace cardvault {
namespace {

bool IsControl(absl::string_view character) {
  return absl::ascii_iscntrl(static_cast<unsigned char>(character[0])) ||
         (character.size() == 2 && character >= "\xc2\x80" && character <= "\xc2\x9f");
}

// With a space for each control character and '?' for each byte that is not UTF-8.
std::string Printable(absl::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t size = Utf8SequenceSize(text);
    const absl::string_view character = text.substr(0, size);
    if (size == 0) {
      result.push_back('?');
    } else if (IsControl(character)) {
      result.push_back(' ');
    } else {
      result.append(character.data(), size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return result;
}

// `text` is UTF-8.
void CutBetweenCharacters(std::string& text, size_t max_size) {
  if (text.size() <= max_size) return;
  while (max_size > 0 && (static_cast<unsigned char>(text[max_size]) & 0xc0) == 0x80) --max_size;
  text.resize(max_size);
}

}  // namespace

bool AnswerReader::Has(absl::string_view path) const {
  const AnswerField* field = Find(path);
  return field != nullptr && !field->is_null;
}

std::string AnswerReader::Text(absl::string_view path, size_t max_size) const {
  if (!Has(path)) return "";
  const std::string& came = Find(path)->text;
  std::string text = Printable(came);
  // The firewall has judged what came, not what stands here now.
  if (text != came && HoldsCardNumberBesideUuids(text)) {
    text.assign(kCardNumberRemoved.data(), kCardNumberRemoved.size());
  }
  CutBetweenCharacters(text, max_size);
  return text;
}

std::string AnswerReader::Url(absl::string_view path) const {
  if (!Has(path)) return "";
  const std::string& url = Find(path)->text;
  if (url.size() > kMaxRedirectUrlSize || !CheckHttpsUrl(url, "payment_url").ok()) return "";
  return url;
}

void AnswerReader::AddId(absl::string_view path, PaymentOutcome& outcome) const {
  if (!Has(path) || Find(path)->text.size() > kMaxUpstreamIdSize) return;
  std::string id = Text(path, kMaxUpstreamIdSize);
  if (!id.empty()) outcome.upstream_ids.emplace_back(std::string(path), std::move(id));
}

void AnswerReader::ReadSettledAmount(absl::string_view path, const SentPayment& sent,
                                     PaymentOutcome& outcome) const {
  if (!Has(path)) return;
  const absl::StatusOr<int64_t> wire = ParseWireAmount(Find(path)->text);
  if (!wire.ok()) return;
  if (*wire > sent.wire_amount) outcome.needs_review = true;
  const absl::StatusOr<int64_t> amount =
      FromWireAmount(*wire, sent.wire_exponent, sent.iso_exponent);
  if (amount.ok()) outcome.settled_amount = *amount;
}

bool AnswerReader::SaysOther(absl::string_view path, absl::string_view expected) const {
  return Has(path) && Find(path)->text != expected;
}

bool AnswerReader::SaysOtherAmount(absl::string_view path, int64_t expected) const {
  if (!Has(path)) return false;
  const absl::StatusOr<int64_t> amount = ParseWireAmount(Find(path)->text);
  return !amount.ok() || *amount != expected;
}

const AnswerField* AnswerReader::Find(absl::string_view path) const {
  for (const AnswerField& field : fields_) {
    if (field.path == path) return &field;
  }
  return nullptr;
}

}  // namespace cardvault
