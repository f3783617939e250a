#ifndef CARDVAULT_SANDBOX_TLS_SERVER_H_
#define CARDVAULT_SANDBOX_TLS_SERVER_H_

#include <httplib.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "sandbox/connection_registry.h"

namespace cardvault::sandbox {

struct TlsServerOptions {
  int port = 0;      // 0: a free one
  std::string cert;  // PEM file: certificate, then its chain
  std::string key;   // PEM file: private key
};

// An HTTPS server (HTTP/1.1, TLS 1.2 or later) on 127.0.0.1 that keeps connections as long as its
// clients want. Add handlers to http(), then Start().
//
// Not thread-safe; its handlers run on many threads.
class TlsServer {
 public:
  // Binds the port.
  //
  // Returns INVALID_ARGUMENT if certificate or key cannot be used, naming the file; UNAVAILABLE if
  // the port cannot be bound.
  static absl::StatusOr<std::unique_ptr<TlsServer>> Create(const TlsServerOptions& options);

  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer();  // stops

  httplib::Server& http() { return *server_; }
  ConnectionRegistry& connections() { return connections_; }
  int port() const { return port_; }

  // Serves on a thread of its own.
  void Start();

  // Ends every connection, waits for the handlers that are at work, and returns.
  void Stop();

 private:
  TlsServer() = default;

  ConnectionRegistry connections_;  // outlives the connections of server_
  std::unique_ptr<httplib::SSLServer> server_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_TLS_SERVER_H_
