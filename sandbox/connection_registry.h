#ifndef CARDVAULT_SANDBOX_CONNECTION_REGISTRY_H_
#define CARDVAULT_SANDBOX_CONNECTION_REGISTRY_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cardvault::sandbox {

// The open TLS connections of one server: what each of them carried, and a way to end them all when
// the server stops (the HTTP server itself waits until an idle kept connection times out).
//
// Thread-safe.
class ConnectionRegistry {
 public:
  ConnectionRegistry() = default;
  ConnectionRegistry(const ConnectionRegistry&) = delete;
  ConnectionRegistry& operator=(const ConnectionRegistry&) = delete;

  // Makes every connection of `context` known here. This object must outlive them.
  void Watch(SSL_CTX* context);

  // Counts one payment request on `connection`.
  void CountPost(const SSL* connection);

  int64_t connection_count() const;         // since the start or the last ResetCounts
  int64_t reused_connection_count() const;  // those which carried two or more payment requests
  void ResetCounts();

  // Ends every open connection and those to come.
  void CloseAll();

 private:
  struct Connection {
    ConnectionRegistry* registry = nullptr;
    int descriptor = -1;
    int64_t post_count = 0;
  };

  static int ConnectionIndex();  // where an SSL keeps its Connection
  static int RegistryIndex();    // where an SSL_CTX keeps its registry
  static void OnInfo(const SSL* ssl, int where, int value);
  static void OnFree(void* parent, void* data, CRYPTO_EX_DATA* extra, int index, long argument,
                     void* argument_data);

  mutable absl::Mutex mutex_;
  std::set<Connection*> open_ ABSL_GUARDED_BY(mutex_);
  int64_t connection_count_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t reused_count_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_CONNECTION_REGISTRY_H_
