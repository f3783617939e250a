#ifndef CARDVAULT_FORWARDER_OUTBOUND_SOCKET_BOOK_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SOCKET_BOOK_H_

#include <map>
#include <string>
#include <utility>

namespace cardvault {

// Which socket a connection is on, by its own end: before a request is posted libcurl tells that,
// but not the socket. Not thread-safe.
class SocketBook final {
 public:
  void Add(const std::string& local_address, int local_port, int socket) {
    sockets_[{local_address, local_port}] = socket;
  }

  // -1 when it is not in the book.
  int Find(const std::string& local_address, int local_port) const;

  // It is about to be closed.
  void Remove(int socket);

 private:
  std::map<std::pair<std::string, int>, int> sockets_;
};

// The port of a socket's own end; -1 when it has none.
int LocalPortOf(int socket);

// Whether something can be read, or the connection has ended.
bool HasInput(int socket);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SOCKET_BOOK_H_
