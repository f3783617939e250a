#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_SIGNING_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_SIGNING_H_

#include <string>
#include <vector>

#include "forwarder/outbound/request_plan.h"

namespace cardvault {

inline constexpr char kPraxis13Version[] = "1.3";

// Messages of wire version 1.3 are signed in this header, over a list of values of their own kind
// each, as dotted paths in their order.
inline constexpr char kPraxis13SignatureHeader[] = "Gt-Authentication";

// Signs a request over `values` and says how its answer is believed: by `answer_values`, and not at
// all when there are none. Thread-safe.
void SignPraxis13Plan(std::vector<std::string> values, std::vector<std::string> answer_values,
                      RequestPlan& plan);

// The proof by a list; NoProof for an empty one. Thread-safe.
MessageProof Praxis13Proof(std::vector<std::string> values);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_SIGNING_H_
