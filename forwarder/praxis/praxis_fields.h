#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "forwarder/field_faults.h"
#include "forwarder/payment_request.h"

namespace cardvault {

// Every rule of the Praxis document for the fields of a sale that a merchant fills, and for those
// of a payout and a refund, which have the same: type, limit and presence. INVALID_ARGUMENT
// (FIELD_MISSING, FIELD_INVALID, ID_INVALID) naming the field of the API. Thread-safe.
void CheckPraxisCustomer(const PayingCustomer& customer, FieldFaults& faults);
void CheckPraxisUrls(const PaymentUrls& urls, FieldFaults& faults);

// MM/DD/YYYY of a checked YYYY-MM-DD.
std::string PraxisDate(absl::string_view birth_date);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_
