#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "forwarder/field_faults.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/payment_request.h"

namespace cardvault {

// What both profiles have in common about the fields that a merchant fills. Thread-safe.

// Every rule of the Praxis document for the fields of a sale, and for those of a payout and a 1.1
// refund, which have the same: type, limit and presence. INVALID_ARGUMENT (FIELD_MISSING,
// FIELD_INVALID, ID_INVALID) naming the field of the API. The document of 1.3 says no limits of its
// own.
void CheckPraxisCustomer(const PayingCustomer& customer, FieldFaults& faults);
void CheckPraxisUrls(const PaymentUrls& urls, FieldFaults& faults);

// Adds what is known of a checked customer as a person: names, contact, birth date and address.
void AddPraxisPerson(const PayingCustomer& customer, PlanObject& body);

// Adds a member unless it would be empty.
void AddIfAny(const char* name, std::string value, PlanObject& body);

// MM/DD/YYYY of a checked YYYY-MM-DD.
std::string PraxisDate(absl::string_view birth_date);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_FIELDS_H_
