#ifndef CARDVAULT_TESTS_TESTING_PAYMENT_STAGE_H_
#define CARDVAULT_TESTS_TESTING_PAYMENT_STAGE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "tests/testing/sandbox_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// Lines for a route document: the upstream is given up soon, and asked about open payments at once.
inline constexpr char kImpatient[] = "timeouts: {connect: 1s, total: 2s}\n";
inline constexpr char kAskedSoon[] =
    "timeouts: {connect: 1s, total: 2s}\n"
    "reconcile: {in_doubt_after: 50ms, pending_after: 50ms, max_interval: 300ms}\n";

// What a call came to that may be refused: the reason and field, or the payment.
struct PaymentAnswer {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;
  std::string field;
  v1::Payment payment;
};

// A vault beside sandbox gateways, and kMerchant paying through them. Not thread-safe.
class PaymentStage final {
 public:
  // Starts both; dies when that fails. The times are the sandbox's --slow-ms and --late-ms.
  explicit PaymentStage(int slow_millis = 10000, int late_millis = 500);
  ~PaymentStage();
  PaymentStage(const PaymentStage&) = delete;
  PaymentStage& operator=(const PaymentStage&) = delete;

  // Routes of kMerchant, with their credentials. `common` are lines of the whole document,
  // `section` lines of the connector's own section, indented.
  void AddH2hRoute(const std::string& name, const std::string& common = "",
                   const std::string& section = "", const std::string& owners = kMerchant);
  void AddPraxisRoute(const std::string& name, const std::string& common = "",
                      const std::string& section = "", const std::string& owners = kMerchant);

  // A Praxis route of another account than the others', which may so have other owners.
  void AddForeignRoute(const std::string& name, const std::string& owners);

  // Kills the server with SIGKILL and starts it again.
  void Crash();

  // Makes the calls of below anew, after the test has started the server itself.
  void Connect();

  // A new token of kMerchant, with a CVV unless it is "".
  std::string Token(const std::string& name, const std::string& cvv = "568");

  PaymentAnswer Try(const v1::PayInRequest& request);
  PaymentAnswer Try(const v1::PayOutRequest& request);
  PaymentAnswer Try(const v1::RefundRequest& request);

  // The same where a refusal fails the test.
  template <typename Request>
  v1::Payment Pay(const Request& request);

  v1::Payment Get(const std::string& payment_id, bool refresh = false);
  // Asks the ledger until the payment has the state; as it is after 30 s at most.
  v1::Payment AwaitState(const std::string& payment_id, v1::PaymentState state);

  VaultProcess& vault() { return vault_; }
  SandboxProcess& sandbox() { return *sandbox_; }
  // Of the gateway behind a route of the connector, "h2h" or "praxis".
  int Port(const std::string& connector) const;

 private:
  static void ExpectPaid(const PaymentAnswer& answer);

  VaultProcess vault_;
  std::unique_ptr<SandboxProcess> sandbox_;
  std::unique_ptr<v1::TokenService::Stub> ingest_;
  std::unique_ptr<v1::PaymentService::Stub> pay_in_;
  std::unique_ptr<v1::PaymentService::Stub> pay_out_;
  std::unique_ptr<v1::PaymentService::Stub> refund_;
};

// "IN_DOUBT".
std::string StateName(const v1::Payment& payment);

template <typename Request>
v1::Payment PaymentStage::Pay(const Request& request) {
  const PaymentAnswer answer = Try(request);
  ExpectPaid(answer);
  return answer.payment;
}

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_PAYMENT_STAGE_H_
