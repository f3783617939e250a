#ifndef CARDVAULT_SANDBOX_TESTING_RUNNING_GATEWAYS_H_
#define CARDVAULT_SANDBOX_TESTING_RUNNING_GATEWAYS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "sandbox/answer_delivery.h"
#include "sandbox/h2h_gateway.h"
#include "sandbox/json_value.h"
#include "sandbox/praxis13_gateway.h"
#include "sandbox/praxis_gateway.h"
#include "sandbox/testing/raw_client.h"
#include "sandbox/tls_server.h"

namespace cardvault::sandbox {

// All gateways, serving in this process with a throw-away certificate. They read a clock that
// stands at kStartSeconds until Advance moves it. Not thread-safe but for Exchange of own clients.
class RunningGateways {
 public:
  static constexpr int64_t kStartSeconds = 1'700'000'000;

  explicit RunningGateways(const Delays& delays = {absl::Milliseconds(300), absl::ZeroDuration()});
  ~RunningGateways();

  int h2h_port() const { return h2h_server_->port(); }
  int praxis_port() const { return praxis_server_->port(); }
  int praxis13_port() const { return praxis13_server_->port(); }
  int64_t now_ms() const { return now_ms_; }
  int64_t now_seconds() const { return now_ms_ / 1000; }
  void AdvanceSeconds(int64_t seconds) { now_ms_ += seconds * 1000; }

  // A nonce that was not used before.
  std::string NewNonce();

  // The bytes of signed requests.
  std::string Sale(absl::string_view order_id, int64_t amount, absl::string_view cvv) const;
  std::string FindOrder(absl::string_view order_id) const;
  std::string PayIn(absl::string_view payment_id, int64_t amount, absl::string_view cvv);
  std::string Status(absl::string_view payment_id);

  // GET /sandbox/stats of the gateway at `port`, on a connection of its own.
  static JsonValue Stats(int port);

 private:
  std::atomic<int64_t> now_ms_ = kStartSeconds * 1000;
  int nonce_count_ = 0;
  H2hGateway h2h_;
  PraxisGateway praxis_;
  Praxis13Gateway praxis13_;
  std::unique_ptr<TlsServer> h2h_server_;
  std::unique_ptr<TlsServer> praxis_server_;
  std::unique_ptr<TlsServer> praxis13_server_;
};

// The body of `answer` as JSON; null when it is none.
JsonValue JsonOf(const RawAnswer& answer);

// The number member `name` of `object`, or of its object member `outer`; -1 when there is none.
int64_t NumberAt(const JsonValue& object, absl::string_view name);
int64_t NumberAt(const JsonValue& object, absl::string_view outer, absl::string_view name);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_TESTING_RUNNING_GATEWAYS_H_
