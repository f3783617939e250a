#ifndef CARDVAULT_FORWARDER_OUTBOUND_REQUEST_RENDERER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_REQUEST_RENDERER_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/slot_values.h"

namespace cardvault {

// A string member that is written behind the plan's own: a signature in the body.
struct LastMember {
  std::string name;
  std::string text;
};

// The plan's body as JSON, its slots filled: the bytes that are signed and sent. Written once, in
// secret memory; the JSON writer itself keeps nesting levels only. Errors: as SlotValues::TextOf;
// INTERNAL for text that is not UTF-8. Thread-safe.
absl::StatusOr<SecretBytes> RenderBody(const PlanObject& body, const SlotValues& values,
                                       const LastMember* last);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_REQUEST_RENDERER_H_
