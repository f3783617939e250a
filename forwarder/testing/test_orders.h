#ifndef CARDVAULT_FORWARDER_TESTING_TEST_ORDERS_H_
#define CARDVAULT_FORWARDER_TESTING_TEST_ORDERS_H_

#include <string>
#include <utility>
#include <vector>

#include "forwarder/outbound/request_plan.h"
#include "forwarder/payment_request.h"

namespace cardvault {

// A pay-in with every field filled: the full sale of the Praxis vectors.
PaymentRequest FullPaymentRequest();

// The members of a body as "name=value" lines in their order, those of objects with their path;
// slots stand as <pan>, <cvv> and so on.
std::vector<std::string> BodyLines(const PlanObject& body);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_TESTING_TEST_ORDERS_H_
