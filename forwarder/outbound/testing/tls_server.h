#ifndef CARDVAULT_FORWARDER_OUTBOUND_TESTING_TLS_SERVER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_TESTING_TLS_SERVER_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "forwarder/outbound/testing/throwaway_ca.h"

namespace cardvault {

// An upstream for tests: HTTP/1.1 over TLS on a free port of 127.0.0.1, a thread to a connection,
// which can also behave as badly as real ones do. Thread-safe.
class TlsServer final {
 public:
  struct Request {
    std::string method;
    std::string path;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    int connection = 0;  // from 1
    int number = 0;      // on this connection, from 1
  };

  enum class After { kKeep, kClose, kReset };

  struct Reply {
    std::string bytes;  // as sent, status line included; may be empty
    After after = After::kKeep;
    std::string later{};  // sent 100 ms after the rest, unasked
  };

  using Handler = std::function<Reply(const Request&)>;

  struct Options {
    std::vector<std::string> names = {"DNS:localhost", "DNS:gateway.test", "IP:127.0.0.1"};
    int max_tls_version = TLS1_3_VERSION;
    // Runs on the connection's thread before the handshake.
    std::function<void()> before_handshake;
  };

  TlsServer(const ThrowawayCa& ca, Handler handler)
      : TlsServer(ca, std::move(handler), Options()) {}
  TlsServer(const ThrowawayCa& ca, Handler handler, Options options);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  // Closes every connection; handlers must return by themselves.
  ~TlsServer();

  int port() const { return port_; }
  std::string pin() const { return PinOf(*identity_.certificate); }

  // What was received whole, in the order of its end: what a gateway would have booked.
  std::vector<Request> requests() const;
  int request_count() const;
  int connection_count() const;

 private:
  void Accept();
  void Serve(int socket, int connection);

  const TlsIdentity identity_;
  const Handler handler_;
  const Options options_;
  SSL_CTX* const context_;
  int listener_ = -1;
  int port_ = 0;

  mutable absl::Mutex mutex_;
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::set<int> sockets_ ABSL_GUARDED_BY(mutex_);
  int connection_count_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);

  std::thread acceptor_;
};

// A whole answer with a Content-Length.
std::string HttpAnswer(int status, const std::string& body);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_TESTING_TLS_SERVER_H_
