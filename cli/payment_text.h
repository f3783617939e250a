#ifndef CARDVAULT_CLI_PAYMENT_TEXT_H_
#define CARDVAULT_CLI_PAYMENT_TEXT_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "cardvault/v1/payment_service.pb.h"

namespace cardvault::cli {

// One payment as people read it: what is known of it, then its timeline if it came with one.
std::string PaymentText(const v1::Payment& payment);

// A line a payment.
std::string PaymentTable(const google::protobuf::RepeatedPtrField<v1::Payment>& payments);

// "pay-in", "pay-out", "refund"; "" for unspecified.
std::string KindWord(v1::PaymentKind kind);

// "IN_DOUBT"; "" for unspecified.
std::string StateWord(v1::PaymentState state);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_PAYMENT_TEXT_H_
