#include "sandbox/connection_faults.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace cardvault::sandbox {

void CloseConnection(const SSL* connection) { shutdown(SSL_get_fd(connection), SHUT_RDWR); }

void ResetConnection(const SSL* connection) {
  const int descriptor = SSL_get_fd(connection);
  // A socket that lingers for zero seconds is reset when it is closed. Putting a socket that was
  // never connected in its place closes it and leaves its owner a descriptor to write to in vain.
  const int never_connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const linger abort_on_close{1, 0};
  if (never_connected < 0 ||
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abort_on_close, sizeof(abort_on_close)) != 0 ||
      dup3(never_connected, descriptor, O_CLOEXEC) < 0) {
    std::abort();  // an answer instead of a reset would falsify what is tested
  }
  close(never_connected);
}

}  // namespace cardvault::sandbox
