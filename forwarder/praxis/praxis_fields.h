#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_

#include "absl/status/status.h"
#include "forwarder/pay_in_input.h"

namespace cardvault {

// Every rule of the Praxis document for the fields of a sale that a merchant fills, and for those
// of a payout and a refund, which have the same: type, limit and presence. INVALID_ARGUMENT
// (FIELD_MISSING, FIELD_INVALID, ID_INVALID) naming the field of the API. Thread-safe.
absl::Status CheckPraxisCustomer(const PayingCustomer& customer);
absl::Status CheckPraxisUrls(const PaymentUrls& urls);

// MM/DD/YYYY of a checked YYYY-MM-DD.
std::string PraxisDate(absl::string_view birth_date);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_
