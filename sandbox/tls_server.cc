#include "sandbox/tls_server.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sandbox/connection_threads.h"

namespace cardvault::sandbox {
namespace {

constexpr char kLoopback[] = "127.0.0.1";
// A test may keep a connection idle for as long as it runs.
constexpr size_t kKeepAliveRequestsMax = 1'000'000'000;
constexpr time_t kKeepAliveSeconds = 3600;
constexpr time_t kReadSeconds = 60;
constexpr time_t kWriteSeconds = 60;
// Far above any request of the two APIs.
constexpr size_t kRequestBytesMax = 1024 * 1024;
// The library asks for 5, which a burst of new connections overflows.
constexpr int kListenBacklog = 1024;

absl::Status LoadCertificate(const TlsServerOptions& options, SSL_CTX& context) {
  if (SSL_CTX_use_certificate_chain_file(&context, options.cert.c_str()) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.cert, ": is not a readable PEM certificate"));
  }
  if (SSL_CTX_use_PrivateKey_file(&context, options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.key, ": is not the readable PEM private key of ", options.cert));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsServer>> TlsServer::Create(const TlsServerOptions& options) {
  std::unique_ptr<TlsServer> server(new TlsServer());
  absl::Status loaded;
  server->server_ = std::make_unique<httplib::SSLServer>([&](SSL_CTX& context) {
    SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
    loaded = LoadCertificate(options, context);
    server->connections_.Watch(&context);
    return loaded.ok();
  });
  if (!loaded.ok()) return loaded;

  httplib::Server& http = *server->server_;
  http.new_task_queue = [] { return new ConnectionThreads(); };
  http.set_keep_alive_max_count(kKeepAliveRequestsMax);
  http.set_keep_alive_timeout(kKeepAliveSeconds);
  http.set_read_timeout(kReadSeconds);
  http.set_write_timeout(kWriteSeconds);
  http.set_payload_max_length(kRequestBytesMax);
  http.set_tcp_nodelay(true);
  int listener = -1;
  http.set_socket_options([&listener](socket_t descriptor) {
    // Not SO_REUSEPORT, the library's default: a port that is taken has to be an error.
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    listener = descriptor;
  });
  errno = 0;
  if (options.port == 0) {
    server->port_ = http.bind_to_any_port(kLoopback);
  } else {
    server->port_ = http.bind_to_port(kLoopback, options.port) ? options.port : -1;
  }
  if (server->port_ <= 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", kLoopback, ":", options.port,
                                               ": ", std::strerror(errno)));
  }
  http.set_socket_options([](socket_t) {});  // forget `listener`
  if (listen(listener, kListenBacklog) != 0) {
    return absl::UnavailableError(absl::StrCat("listen: ", std::strerror(errno)));
  }
  return server;
}

TlsServer::~TlsServer() { Stop(); }

void TlsServer::Start() {
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();
}

void TlsServer::Stop() {
  if (!thread_.joinable()) return;
  server_->stop();
  connections_.CloseAll();
  thread_.join();
}

}  // namespace cardvault::sandbox
