#include "forwarder/outbound/curl_options.h"

#include <openssl/ssl.h>

#include <algorithm>

#include "absl/time/time.h"

namespace cardvault {
namespace {

// libcurl copies a body through a buffer of this size; it takes no smaller one.
constexpr long kUploadBufferSize = 16 * 1024;  // NOLINT(runtime/int): libcurl's

// Never 0, which libcurl takes for its own default.
long Milliseconds(absl::Duration duration) {  // NOLINT(runtime/int): libcurl's
  return std::max<long>(1, static_cast<long>(absl::ToInt64Milliseconds(duration)));
}

long WholeSeconds(absl::Duration duration) {  // NOLINT(runtime/int): libcurl's
  return std::max<long>(1, static_cast<long>(absl::ToInt64Seconds(duration)));
}

CURLcode OnTlsContext(CURL*, void* context, void*) {
  auto* const tls = static_cast<SSL_CTX*>(context);
  // Idle connections keep no record buffers.
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
  // libcurl writes session secrets to where the variable SSLKEYLOGFILE says.
  SSL_CTX_set_keylog_callback(tls, nullptr);
  return CURLE_OK;
}

}  // namespace

bool SetRouteOptions(CURL* easy, const TransportSettings& transport, const HttpsLimits& limits) {
  bool fine = true;
  const auto set = [&](CURLoption option, auto value) {
    fine = curl_easy_setopt(easy, option, value) == CURLE_OK && fine;
  };
  set(CURLOPT_NOSIGNAL, 1L);
  // A resolver that hangs is left to end by itself: waiting for its thread would stop the loop.
  set(CURLOPT_QUICK_EXIT, 1L);
  // There, and by no detour.
  set(CURLOPT_PATH_AS_IS, 1L);  // the path that was signed
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // none, whatever the environment says
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  // One POST.
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, "cardvault");
  set(CURLOPT_POST, 1L);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferSize);
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.max_answer_size));
  // TLS.
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
  set(CURLOPT_SSL_CTX_FUNCTION, OnTlsContext);
  if (!transport.ca_file.empty()) {
    set(CURLOPT_CAINFO, transport.ca_file.c_str());
    // Else the system's roots, which Debian's libcurl has as a directory too, stay trusted.
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!transport.pinned_public_key.empty()) {
    set(CURLOPT_PINNEDPUBLICKEY, transport.pinned_public_key.c_str());
  }
  // Time.
  set(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(transport.connect_timeout));
  set(CURLOPT_TIMEOUT_MS, Milliseconds(transport.total_timeout));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_MAXAGE_CONN, WholeSeconds(limits.max_idle));
  set(CURLOPT_MAXLIFETIME_CONN, WholeSeconds(limits.max_connection_age));
  return fine;
}

}  // namespace cardvault
