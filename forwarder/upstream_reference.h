#ifndef CARDVAULT_FORWARDER_UPSTREAM_REFERENCE_H_
#define CARDVAULT_FORWARDER_UPSTREAM_REFERENCE_H_

#include <cstddef>
#include <string>

#include "base/id.h"

namespace cardvault {

// What goes upstream as the order id of a payment. A route of one merchant sends the merchant's own
// payment_id; a route that several share sends 32 characters of base32 over the first 20 bytes of
// SHA-256 over the length-prefixed merchant and payment_id. Both are functions of the payment
// alone, so the upstream's own uniqueness is a second wall, and a ledger that forgot can look the
// payment up. Thread-safe.
std::string UpstreamReference(size_t owner_count, const MerchantId& merchant,
                              const PaymentId& payment_id);

// What a route of several merchants sends.
std::string SharedReference(const MerchantId& merchant, const PaymentId& payment_id);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_UPSTREAM_REFERENCE_H_
