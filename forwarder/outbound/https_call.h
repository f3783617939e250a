#ifndef CARDVAULT_FORWARDER_OUTBOUND_HTTPS_CALL_H_
#define CARDVAULT_FORWARDER_OUTBOUND_HTTPS_CALL_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/transport_settings.h"

namespace cardvault {

// What goes over the wire beside method and path.
struct HttpsMessage {
  std::vector<std::pair<std::string, std::string>> headers;
  SecretBytes body;
};

// What became of a POST.
struct HttpsResult {
  // False is a proof: not one byte of the request left this process. True: it may have arrived.
  bool may_have_arrived = false;
  // OK when a complete answer of any status came; else why not, as a literal.
  absl::Status error;
  int http_status = 0;
  SecretBytes body;  // of the answer; empty unless `http_status` is 2xx
};

// One POST. All functions run on the loop's thread and must not block.
struct HttpsCall {
  TransportSettings transport;
  std::string url;  // as JoinUpstreamUrl makes it
  // Builds what is sent: when the transfer begins, and once more if its connection took so long
  // that the signature is too old; then the body must have the same size.
  absl::AnyInvocable<absl::StatusOr<HttpsMessage>()> build;
  // The body's last byte was handed to TLS, and no copy of it is left. May be null.
  absl::AnyInvocable<void() &&> on_body_gone;
  absl::AnyInvocable<void(HttpsResult) &&> done;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_HTTPS_CALL_H_
