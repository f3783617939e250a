#ifndef CARDVAULT_FORWARDER_OUTBOUND_HTTPS_CALL_H_
#define CARDVAULT_FORWARDER_OUTBOUND_HTTPS_CALL_H_

#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/message_headers.h"
#include "forwarder/outbound/transport_settings.h"

namespace cardvault {

// What goes over the wire beside method and path.
struct HttpsMessage {
  MessageHeaders headers;
  SecretBytes body;
};

// What became of a POST.
struct HttpsResult {
  // False is a proof: not one byte of the request left this process. True: it may have arrived.
  bool may_have_arrived = false;
  // OK when a complete answer of any status came; else why not, as a literal.
  absl::Status error;
  int http_status = 0;
  // Of the answer; empty unless `http_status` is 2xx.
  MessageHeaders headers;  // those that were asked for, as WantedHeaders picks them
  SecretBytes body;
};

// One POST. All functions run on the loop's thread and must not block.
struct HttpsCall {
  TransportSettings transport;
  std::string url;                          // as JoinUpstreamUrl makes it
  std::vector<std::string> answer_headers;  // names of those that are to come back
  // Builds what is sent: when the transfer begins, and once more if its connection took so long
  // that the signature is too old; then the body must have the same size.
  absl::AnyInvocable<absl::StatusOr<HttpsMessage>()> build;
  // The body's last byte was handed to TLS, and no copy of it is left. May be null.
  absl::AnyInvocable<void() &&> on_body_gone;
  absl::AnyInvocable<void(HttpsResult) &&> done;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_HTTPS_CALL_H_
