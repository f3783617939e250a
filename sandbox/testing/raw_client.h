#ifndef CARDVAULT_SANDBOX_TESTING_RAW_CLIENT_H_
#define CARDVAULT_SANDBOX_TESTING_RAW_CLIENT_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// How reading an answer ended.
enum class ReadEnd { kComplete, kClosed, kReset, kTimeout };

// What came back on the wire after a request.
struct RawAnswer {
  ReadEnd end = ReadEnd::kTimeout;
  int64_t wire_byte_count = 0;  // below TLS: every byte of TCP payload
  std::string head;             // status line and headers
  std::string body;             // as much as came
};

// One TLS connection to 127.0.0.1 that sends bytes as given and never tries anything again. It
// verifies no certificate. Not thread-safe.
class RawClient {
 public:
  explicit RawClient(int port);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  // Sends `request` and reads one answer, as long as its Content-Length says.
  RawAnswer Exchange(absl::string_view request);

 private:
  SSL_CTX* context_;
  SSL* ssl_;
  int socket_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_TESTING_RAW_CLIENT_H_
