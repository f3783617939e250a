#include "forwarder/answer_reader.h"

#include "absl/strings/ascii.h"
#include "base/utf8.h"
#include "forwarder/amount.h"
#include "forwarder/field_rules.h"

namespace cardvault {

bool AnswerReader::Has(absl::string_view path) const {
  const AnswerField* field = Find(path);
  return field != nullptr && !field->is_null;
}

std::string AnswerReader::Text(absl::string_view path, size_t max_size) const {
  std::string text;
  if (!Has(path)) return text;
  for (absl::string_view rest = Find(path)->text; !rest.empty();) {
    const size_t size = Utf8SequenceSize(rest);
    if (text.size() + (size == 0 ? 1 : size) > max_size) break;
    if (size == 0) {
      text.push_back('?');
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(rest[0]))) {
      text.push_back(' ');
    } else {
      text.append(rest.data(), size);
    }
    rest.remove_prefix(size == 0 ? 1 : size);
  }
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

std::optional<int64_t> AnswerReader::SettledAmount(absl::string_view path,
                                                   const SentPayment& sent) const {
  if (!Has(path)) return std::nullopt;
  const absl::StatusOr<int64_t> wire = ParseWireAmount(Find(path)->text);
  if (!wire.ok()) return std::nullopt;
  const absl::StatusOr<int64_t> amount =
      FromWireAmount(*wire, sent.wire_exponent, sent.iso_exponent);
  if (!amount.ok()) return std::nullopt;
  return *amount;
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
