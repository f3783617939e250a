#include "forwarder/outbound/testing/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "base/check.h"

namespace cardvault {
namespace {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// Appends what comes next; false at the end of the stream.
bool ReadMore(SSL* ssl, std::string& buffer) {
  char chunk[4096];
  const int size = SSL_read(ssl, chunk, sizeof(chunk));
  if (size <= 0) return false;
  buffer.append(chunk, static_cast<size_t>(size));
  return true;
}

// The next request of a connection; what follows it stays in `buffer`.
std::optional<TlsServer::Request> ReadRequest(SSL* ssl, std::string& buffer) {
  size_t head_size = std::string::npos;
  while ((head_size = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore(ssl, buffer)) return std::nullopt;
  }
  TlsServer::Request request;
  const std::string head = buffer.substr(0, head_size + 2);
  buffer.erase(0, head_size + 4);
  const size_t line_end = head.find("\r\n");
  const size_t method_end = head.find(' ');
  const size_t path_end = head.find(' ', method_end + 1);
  request.method = head.substr(0, method_end);
  request.path = head.substr(method_end + 1, path_end - method_end - 1);
  for (size_t begin = line_end + 2; begin < head.size();) {
    const size_t end = head.find("\r\n", begin);
    const std::string line = head.substr(begin, end - begin);
    const size_t colon = line.find(':');
    request.headers[absl::AsciiStrToLower(line.substr(0, colon))] =
        std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    begin = end + 2;
  }
  const size_t body_size = std::strtoul(request.headers["content-length"].c_str(), nullptr, 10);
  while (buffer.size() < body_size) {
    if (!ReadMore(ssl, buffer)) return std::nullopt;
  }
  request.body = buffer.substr(0, body_size);
  buffer.erase(0, body_size);
  return request;
}

void WriteAll(SSL* ssl, const std::string& bytes) {
  if (!bytes.empty()) SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

TlsServer::TlsServer(const ThrowawayCa& ca, Handler handler, Options options)
    : identity_(ca.Issue(options.names)),
      handler_(std::move(handler)),
      options_(std::move(options)),
      context_(SSL_CTX_new(TLS_server_method())) {
  signal(SIGPIPE, SIG_IGN);
  CV_CHECK(SSL_CTX_use_certificate(context_, identity_.certificate.get()) == 1);
  CV_CHECK(SSL_CTX_use_PrivateKey(context_, identity_.key.get()) == 1);
  CV_CHECK(SSL_CTX_set_max_proto_version(context_, options_.max_tls_version) == 1);
  if (options_.max_tls_version < TLS1_2_VERSION) {
    // Debian forbids such versions on both sides; here the client is to be tried.
    SSL_CTX_set_min_proto_version(context_, options_.max_tls_version);
    SSL_CTX_set_security_level(context_, 0);
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CV_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  CV_CHECK(listen(listener_, 1024) == 0);
  socklen_t size = sizeof(address);
  CV_CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TlsServer::~TlsServer() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (const int each : sockets_) shutdown(each, SHUT_RDWR);
  }
  acceptor_.join();
  {
    absl::MutexLock lock(&mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  close(listener_);
  SSL_CTX_free(context_);
}

std::vector<TlsServer::Request> TlsServer::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

int TlsServer::request_count() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(requests_.size());
}

int TlsServer::connection_count() const {
  absl::MutexLock lock(&mutex_);
  return connection_count_;
}

void TlsServer::Accept() {
  for (;;) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    absl::MutexLock lock(&mutex_);
    if (stopping_ || accepted < 0) {
      if (accepted >= 0) close(accepted);
      return;
    }
    const int connection = ++connection_count_;
    sockets_.insert(accepted);
    threads_.emplace_back([this, accepted, connection] { Serve(accepted, connection); });
  }
}

void TlsServer::Serve(int socket, int connection) {
  if (options_.before_handshake) options_.before_handshake();
  std::unique_ptr<SSL, SslDeleter> ssl(SSL_new(context_));
  SSL_set_fd(ssl.get(), socket);
  After after = After::kKeep;
  if (SSL_accept(ssl.get()) == 1) {
    std::string buffer;
    for (int number = 1; after == After::kKeep; ++number) {
      std::optional<Request> request = ReadRequest(ssl.get(), buffer);
      if (!request.has_value()) break;
      request->connection = connection;
      request->number = number;
      {
        absl::MutexLock lock(&mutex_);
        requests_.push_back(*request);
      }
      const Reply reply = handler_(*request);
      WriteAll(ssl.get(), reply.bytes);
      if (!reply.later.empty()) absl::SleepFor(absl::Milliseconds(100));
      WriteAll(ssl.get(), reply.later);
      after = reply.after;
    }
    if (after == After::kClose) SSL_shutdown(ssl.get());
  }
  ERR_clear_error();
  ssl.reset();
  if (after == After::kReset) {
    const linger at_once = {1, 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  absl::MutexLock lock(&mutex_);
  sockets_.erase(socket);
  close(socket);
}

std::string HttpAnswer(int status, const std::string& body) {
  return absl::StrCat("HTTP/1.1 ", status,
                      " X\r\nContent-Type: application/json\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body);
}

}  // namespace cardvault
