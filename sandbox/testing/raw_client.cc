#include "sandbox/testing/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace cardvault::sandbox {
namespace {

constexpr int kReadSeconds = 20;

void Require(bool done) {
  if (!done) std::abort();
}

// -1 when the head names none.
int64_t ContentLengthOf(absl::string_view head) {
  constexpr absl::string_view kName = "content-length:";
  const std::string lower = absl::AsciiStrToLower(head);
  const size_t at = lower.find(std::string(kName));
  int64_t length = -1;
  if (at == std::string::npos) return -1;
  const size_t start = at + kName.size();
  const size_t end = lower.find("\r\n", start);
  Require(absl::SimpleAtoi(lower.substr(start, end - start), &length));
  return length;
}

}  // namespace

RawClient::RawClient(int port) {
  context_ = SSL_CTX_new(TLS_client_method());
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{kReadSeconds, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Require(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, socket_);
  Require(SSL_connect(ssl_) == 1);
}

RawClient::~RawClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  close(socket_);
}

RawAnswer RawClient::Exchange(absl::string_view request) {
  RawAnswer answer;
  const uint64_t before = BIO_number_read(SSL_get_rbio(ssl_));
  Require(SSL_write(ssl_, request.data(), static_cast<int>(request.size())) ==
          static_cast<int>(request.size()));
  std::string received;
  char buffer[16384];
  while (true) {
    errno = 0;
    const int size = SSL_read(ssl_, buffer, sizeof(buffer));
    if (size <= 0) {
      const int error = errno;
      answer.end = error == ECONNRESET                       ? ReadEnd::kReset
                   : error == EAGAIN || error == EWOULDBLOCK ? ReadEnd::kTimeout
                                                             : ReadEnd::kClosed;
      break;
    }
    received.append(buffer, static_cast<size_t>(size));
    const size_t head_end = received.find("\r\n\r\n");
    if (head_end == std::string::npos) continue;
    const int64_t length = ContentLengthOf(received.substr(0, head_end + 2));
    if (length >= 0 && received.size() >= head_end + 4 + static_cast<size_t>(length)) {
      answer.end = ReadEnd::kComplete;
      break;
    }
  }
  answer.wire_byte_count = static_cast<int64_t>(BIO_number_read(SSL_get_rbio(ssl_)) - before);
  const size_t head_end = received.find("\r\n\r\n");
  if (head_end != std::string::npos) {
    answer.head = received.substr(0, head_end + 2);
    answer.body = received.substr(head_end + 4);
  }
  return answer;
}

}  // namespace cardvault::sandbox
