#ifndef CARDVAULT_TESTS_TESTING_SANDBOX_OUTBOX_H_
#define CARDVAULT_TESTS_TESTING_SANDBOX_OUTBOX_H_

#include <string>
#include <vector>

#include "cardvault/v1/payment_service.pb.h"
#include "tests/testing/sandbox_process.h"

namespace cardvault::testing {

// One notification that a sandbox gateway would post to the merchant.
struct SandboxNotification {
  int number = 0;
  std::string order;
  std::vector<v1::HttpHeader> headers;
  std::string body;
};

// Plays the merchant towards the outbox of the gateway at a port; sandbox/README.md.
// Not thread-safe.
class SandboxOutbox final {
 public:
  // `sandbox` must outlive it.
  SandboxOutbox(const SandboxProcess& sandbox, int port) : sandbox_(sandbox), port_(port) {}

  // Those of one order, oldest first.
  std::vector<SandboxNotification> Of(const std::string& order) const;

  // Gives a booked order a later state in the gateway's own word.
  void Settle(const std::string& order, const std::string& state) const;

  // Queues one that the gateway never sent ("signature", "foreign", "amount", "stale"), and
  // answers it.
  SandboxNotification Forge(const std::string& order, const std::string& what) const;

  // Whether the gateway takes the answer for an acknowledgement.
  bool Accepts(int number, const v1::HttpAnswer& answer) const;

 private:
  const SandboxProcess& sandbox_;
  const int port_;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_SANDBOX_OUTBOX_H_
