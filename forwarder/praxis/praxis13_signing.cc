#include "forwarder/praxis/praxis13_signing.h"

#include <utility>

#include "forwarder/praxis/praxis13_answer.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

void SignPraxis13Plan(std::vector<std::string> values, std::vector<std::string> answer_values,
                      RequestPlan& plan) {
  plan.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  plan.signer =
      ListedValuesSigner{{kPraxis13SignatureHeader}, std::move(values), kPraxisSecretName};
  plan.answer = {Praxis13Proof(std::move(answer_values)), Praxis13AnswerFields()};
}

MessageProof Praxis13Proof(std::vector<std::string> values) {
  if (values.empty()) return NoProof();
  return ListedValuesProof{kPraxis13SignatureHeader, std::move(values), kPraxisSecretName};
}

}  // namespace cardvault
