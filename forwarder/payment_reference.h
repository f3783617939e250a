#ifndef CARDVAULT_FORWARDER_PAYMENT_REFERENCE_H_
#define CARDVAULT_FORWARDER_PAYMENT_REFERENCE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cardvault {

// The object under which the audit log, and so the log, speaks of a payment: made of its row key,
// no caller's text.
struct PaymentReference {
  std::string text;
  friend absl::string_view SafeForLog(const PaymentReference& reference) { return reference.text; }
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PAYMENT_REFERENCE_H_
