#include "forwarder/praxis/praxis_signing.h"

#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

void SignPraxisPlan(RequestPlan& plan) {
  SortedValuesSigner signer;
  signer.secret_name = kPraxisSecretName;
  plan.signer = signer;
  plan.answer = {SortedValuesProof{signer.signature_field, kPraxisSecretName},
                 {"status", "description", "redirect_url", "trace_id", "transaction_id",
                  "transaction_status", "error_code", "error_details", "payment_processor",
                  "order_id", "amount", "currency", "charge_amount"}};
}

}  // namespace cardvault
