#ifndef CARDVAULT_TESTS_TESTING_SANDBOX_PROCESS_H_
#define CARDVAULT_TESTS_TESTING_SANDBOX_PROCESS_H_

#include <memory>
#include <optional>
#include <string>

#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_pki.h"

namespace cardvault::testing {

// What a gateway says it has seen of one order, or in all.
struct GatewayStats {
  int posts = 0;
  int booked = 0;
  int double_posts = 0;
  int refused = 0;
  std::string text;  // the whole answer
};

// The sandbox gateways as a process of their own, on free ports. Not thread-safe.
class SandboxProcess final {
 public:
  // `pki` signs its certificate and must outlive it.
  explicit SandboxProcess(const TestPki& pki, int slow_millis = 10000, int late_millis = 500);

  int h2h_port() const { return h2h_port_; }
  int praxis_port() const { return praxis_port_; }
  int praxis13_port() const { return praxis13_port_; }

  // Of one order; zeros when it was never heard of. `port` says which gateway is asked.
  GatewayStats Order(int port, const std::string& order) const;
  GatewayStats Total(int port) const;

  // The bodies of the answers to what a test asks the gateway at `port`, as sandbox/README.md
  // lists: `path` is "/sandbox/notifications?after=0", say.
  std::string Get(int port, const std::string& path) const;
  std::string Post(int port, const std::string& path, const std::string& json) const;

  // Route documents for it; `ca_file` is the PEM file of the CA.
  std::string H2hRoute(const std::string& name, const std::string& owners,
                       const std::string& ca_file, const std::string& more = "") const;
  std::string PraxisRoute(const std::string& name, const std::string& owners,
                          const std::string& ca_file, const std::string& more = "") const;

  void Stop();

 private:
  std::string Call(int port, const std::string& path, const std::string* json) const;

  TempDir directory_;
  std::optional<ChildProcess> process_;
  int h2h_port_ = 0;
  int praxis_port_ = 0;
  int praxis13_port_ = 0;
};

inline constexpr char kH2hSecret[] = "SandboxApiSecret";
inline constexpr char kPraxisSecret[] = "MerchantSecretKey";

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_SANDBOX_PROCESS_H_
