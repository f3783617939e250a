#ifndef CARDVAULT_FORWARDER_OUTBOUND_TESTING_UPSTREAM_PROCESS_H_
#define CARDVAULT_FORWARDER_OUTBOUND_TESTING_UPSTREAM_PROCESS_H_

#include <sys/types.h>

#include <string>

namespace cardvault {

// A TlsServer in a process of its own, for tests that search the memory of theirs. It holds every
// answer back until it is told. Make it before the first thread. Not thread-safe.
class UpstreamProcess final {
 public:
  // Writes the CA's certificate to `ca_file`.
  explicit UpstreamProcess(const std::string& ca_file);
  UpstreamProcess(const UpstreamProcess&) = delete;
  UpstreamProcess& operator=(const UpstreamProcess&) = delete;
  ~UpstreamProcess();  // ends the process

  int port() const { return port_; }

  // Waits until one more request has arrived whole.
  void AwaitRequest();
  // Lets it be answered.
  void Answer();

 private:
  pid_t child_ = -1;
  int from_child_ = -1;
  int to_child_ = -1;
  int port_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_TESTING_UPSTREAM_PROCESS_H_
