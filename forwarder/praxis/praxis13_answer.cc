#include "forwarder/praxis/praxis13_answer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"

namespace cardvault {

std::vector<std::string> Praxis13AnswerFields() {
  return {"status",
          "description",
          "redirect_url",
          kPraxis13Members.order_id,
          kPraxis13Members.trace_id,
          kPraxis13Members.transaction_status,
          kPraxis13Members.currency,
          kPraxis13Members.amount,
          kPraxis13Members.settled_currency,
          kPraxis13Members.settled_amount,
          kPraxis13Members.error_code,
          kPraxis13Members.error_details,
          kPraxis13Members.processor};
}

bool IsPraxis13Answer(const OutboundAnswer& answer) {
  return std::any_of(answer.fields.begin(), answer.fields.end(),
                     [](const AnswerField& field) { return absl::StrContains(field.path, "."); });
}

std::vector<AnswerField> WithShortNumbers(std::vector<AnswerField> fields) {
  for (AnswerField& field : fields) {
    const size_t dot = field.text.find('.');
    if (field.is_string || dot == std::string::npos) continue;
    if (field.text.find_first_not_of('0', dot + 1) == std::string::npos) field.text.resize(dot);
  }
  return fields;
}

PaymentOutcome ReadPraxis13Answer(OutboundAnswer answer, const SentPayment& sent) {
  answer.fields = WithShortNumbers(std::move(answer.fields));
  return ReadPraxisAnswer(answer, kPraxis13Members, sent);
}

}  // namespace cardvault
