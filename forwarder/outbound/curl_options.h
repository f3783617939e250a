#ifndef CARDVAULT_FORWARDER_OUTBOUND_CURL_OPTIONS_H_
#define CARDVAULT_FORWARDER_OUTBOUND_CURL_OPTIONS_H_

#include <curl/curl.h>

#include "forwarder/outbound/https_limits.h"
#include "forwarder/outbound/transport_settings.h"

namespace cardvault {

// Makes a transfer one POST of HTTP/1.1 over verified TLS 1.2 or later, to the route's host and to
// nowhere else (F1): no redirects, no proxies, netrc or key log of the environment. False when
// libcurl does not take an option. Thread-safe across handles.
bool SetRouteOptions(CURL* easy, const TransportSettings& transport, const HttpsLimits& limits);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CURL_OPTIONS_H_
