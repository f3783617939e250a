#include "sandbox/connection_registry.h"

#include <sys/socket.h>

namespace cardvault::sandbox {

int ConnectionRegistry::ConnectionIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, &OnFree);
  return index;
}

int ConnectionRegistry::RegistryIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void ConnectionRegistry::Watch(SSL_CTX* context) {
  ConnectionIndex();
  SSL_CTX_set_ex_data(context, RegistryIndex(), this);
  SSL_CTX_set_info_callback(context, &OnInfo);
}

void ConnectionRegistry::OnInfo(const SSL* ssl, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0 || SSL_get_ex_data(ssl, ConnectionIndex()) != nullptr) {
    return;
  }
  auto* registry =
      static_cast<ConnectionRegistry*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), RegistryIndex()));
  auto* connection = new Connection{registry, SSL_get_fd(ssl), 0};
  // The callback's SSL is const only by its type.
  SSL_set_ex_data(const_cast<SSL*>(ssl), ConnectionIndex(), connection);
  absl::MutexLock lock(&registry->mutex_);
  registry->open_.insert(connection);
  ++registry->connection_count_;
  if (registry->closing_) shutdown(connection->descriptor, SHUT_RDWR);
}

// The HTTP server frees the SSL before it closes the socket, so a descriptor in `open_` is never
// another connection's.
void ConnectionRegistry::OnFree(void*, void* data, CRYPTO_EX_DATA*, int, long, void*) {
  auto* connection = static_cast<Connection*>(data);
  if (connection == nullptr) return;
  {
    absl::MutexLock lock(&connection->registry->mutex_);
    connection->registry->open_.erase(connection);
  }
  delete connection;
}

void ConnectionRegistry::CountPost(const SSL* ssl) {
  auto* connection = static_cast<Connection*>(SSL_get_ex_data(ssl, ConnectionIndex()));
  if (connection == nullptr) return;
  absl::MutexLock lock(&mutex_);
  if (++connection->post_count == 2) ++reused_count_;
}

int64_t ConnectionRegistry::connection_count() const {
  absl::MutexLock lock(&mutex_);
  return connection_count_;
}

int64_t ConnectionRegistry::reused_connection_count() const {
  absl::MutexLock lock(&mutex_);
  return reused_count_;
}

void ConnectionRegistry::ResetCounts() {
  absl::MutexLock lock(&mutex_);
  connection_count_ = 0;
  reused_count_ = 0;
}

void ConnectionRegistry::CloseAll() {
  absl::MutexLock lock(&mutex_);
  closing_ = true;
  for (const Connection* connection : open_) shutdown(connection->descriptor, SHUT_RDWR);
}

}  // namespace cardvault::sandbox
