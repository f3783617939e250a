#include "forwarder/outbound/socket_book.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <iterator>

namespace cardvault {

int SocketBook::Find(const std::string& local_address, int local_port) const {
  const auto found = sockets_.find({local_address, local_port});
  return found == sockets_.end() ? -1 : found->second;
}

void SocketBook::Remove(int socket) {
  // There are some hundred connections at most times, and they do not close often.
  for (auto it = sockets_.begin(); it != sockets_.end();) {
    it = it->second == socket ? sockets_.erase(it) : std::next(it);
  }
}

int LocalPortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  }
  return -1;
}

bool HasInput(int socket) {
  pollfd input = {socket, POLLIN, 0};
  return poll(&input, 1, 0) != 0;
}

}  // namespace cardvault
