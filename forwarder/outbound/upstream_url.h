#ifndef CARDVAULT_FORWARDER_OUTBOUND_UPSTREAM_URL_H_
#define CARDVAULT_FORWARDER_OUTBOUND_UPSTREAM_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// Where a request goes, and the two parts of it that signatures cover.
struct UpstreamUrl {
  std::string url;
  std::string host;  // as in the Host header: without the port when it is 443
  std::string path;  // as in the request line
};

// Joins a route's base URL and a plan's path. FAILED_PRECONDITION unless the base is
// "https://host[:port][/prefix]" without credentials, query or fragment, the path begins with '/',
// and both are printable ASCII. Thread-safe.
absl::StatusOr<UpstreamUrl> JoinUpstreamUrl(absl::string_view base_url, absl::string_view path);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_UPSTREAM_URL_H_
