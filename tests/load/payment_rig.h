#ifndef CARDVAULT_TESTS_LOAD_PAYMENT_RIG_H_
#define CARDVAULT_TESTS_LOAD_PAYMENT_RIG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/load/plain_post.h"
#include "tests/load/timed_call.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// One payment of a load.
struct LoadPayment {
  int merchant = 0;  // below PaymentRig::kMerchants
  std::string route;
  std::string id;
  std::string token;  // with a fresh CVV
  int64_t amount = 0;
};

// What the forwarder is measured with: a server, sandbox gateways and this process as the client of
// two merchants, processes over mutual TLS on one machine. Everything dies with a line on
// standard error when a call does not end as a benchmark needs it. Not thread-safe, but Tokenize
// may run while Pay does.
class PaymentRig final {
 public:
  static constexpr int kMerchants = 2;
  // Of the first merchant alone: its payment ids are the gateway's order ids.
  static constexpr char kRoute[] = "bench";
  // Of both merchants, to a gateway of its own: routes of one account have the same owners.
  static constexpr char kSharedRoute[] = "bench-shared";
  static constexpr int64_t kAmount = 1500;       // approved at once
  static constexpr int64_t kSlowAmount = 70003;  // approved after the gateway's delay

  // `slow_millis` is how late the gateway of kSharedRoute answers kSlowAmount.
  explicit PaymentRig(int slow_millis);
  PaymentRig(const PaymentRig&) = delete;
  PaymentRig& operator=(const PaymentRig&) = delete;
  ~PaymentRig();

  pid_t server_pid() const { return vault_.pid(); }
  const std::string& directory() const { return vault_.directory().path(); }
  std::string ca_file() const { return vault_.directory().File("ca.pem"); }

  // `count` new tokens of one published card, each with a CVV.
  std::vector<std::string> TokensWithCvv(int merchant, int count);

  // Pays all of them, each to be approved.
  std::vector<TimedCall> Pay(const std::vector<LoadPayment>& payments, int in_flight);

  // Tokenizes cards of the first merchant that no call had before, as long as `more` says.
  std::vector<TimedCall> Tokenize(int in_flight, const std::function<bool(int index)>& more);

  // Makes the requests that PayIn on kRoute would send. `token` has a CVV; it is not used up.
  PlainPostMaker PlainPosts(const std::string& token) const;

  // How long the gateway of kRoute had the requests of at most `count` orders in hand whose ids
  // follow `prefix` in byte order.
  std::map<std::string, absl::Duration> HandlingTimes(const std::string& prefix,
                                                      size_t count) const;

  // How many payment requests the gateway of kSharedRoute has been sent.
  int64_t SlowPostCount() const;

 private:
  struct Merchant {
    std::unique_ptr<v1::TokenService::Stub> ingest;
    std::unique_ptr<v1::PaymentService::Stub> pay;
  };

  VaultProcess vault_;
  std::unique_ptr<SandboxProcess> gateway_;
  std::unique_ptr<SandboxProcess> slow_gateway_;
  std::vector<Merchant> merchants_;
  std::vector<std::string> cards_;  // generated
  int next_card_ = 0;
  int loads_ = 0;  // names request ids
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_PAYMENT_RIG_H_
