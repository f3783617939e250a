#ifndef CARDVAULT_TESTS_E2E_EVENT_ROWS_H_
#define CARDVAULT_TESTS_E2E_EVENT_ROWS_H_

#include <string>

#include "absl/types/span.h"

namespace cardvault::testing {

// What the audit log has to say of one RPC, and nothing else: events, separated by "; ", each
// `ACTION OUTCOME REASON OBJECT`, where "-" is an empty one, {name} what the test says, # a decimal
// number and * anything.
struct EventRow {
  const char* rpc;      // "cardvault.v1.TokenService/Tokenize"
  const char* success;  // of a call that does what it is for
  const char* failure;  // of one that is admitted and fails; "": such a call cannot fail by itself
};

// One row an RPC.
absl::Span<const EventRow> EventRows();

// Dies when there is none.
const EventRow& EventRowOf(const std::string& rpc);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_E2E_EVENT_ROWS_H_
