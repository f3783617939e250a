#ifndef CARDVAULT_TESTS_TESTING_TEST_REQUESTS_H_
#define CARDVAULT_TESTS_TESTING_TEST_REQUESTS_H_

#include <cstdint>
#include <string>

#include "cardvault/v1/payment_service.pb.h"
#include "cardvault/v1/token_service.pb.h"

namespace cardvault::testing {

// A request that every vault takes: the number of a card that expires in 2035, with a CVV unless it
// is "".
v1::TokenizeRequest TokenizeOf(const std::string& request_id, const std::string& number,
                               const std::string& cvv);

// A request in USD that both connectors take, with every field that one of them wants.
v1::PayInRequest PayInOf(const std::string& route, const std::string& payment_id,
                         const std::string& token, int64_t amount);

// The same as a pay-out.
v1::PayOutRequest PayOutOf(const std::string& route, const std::string& payment_id,
                           const std::string& token, int64_t amount);

// A refund with the customer and the URLs that a sale of PayInOf has.
v1::RefundRequest RefundOf(const std::string& original_payment_id, const std::string& payment_id,
                           int64_t amount);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_TEST_REQUESTS_H_
