#ifndef CARDVAULT_TESTS_TORTURE_ARENA_H_
#define CARDVAULT_TESTS_TORTURE_ARENA_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/vault_process.h"
#include "tests/torture/schedule.h"

namespace cardvault::torture {

// Clients of the server as it runs now.
struct Stubs {
  std::unique_ptr<v1::TokenService::Stub> ingest;
  std::unique_ptr<v1::PaymentService::Stub> pay_in;
  std::unique_ptr<v1::PaymentService::Stub> pay_out;
  std::unique_ptr<v1::PaymentService::Stub> refund;
};

// A vault, both gateways, and routes between them whose reconciler is quick. Thread-safe where a
// method says so.
class Arena final {
 public:
  // Starts everything; `daemon` is the server's path. Dies when it cannot.
  explicit Arena(const std::string& daemon);

  // Waits while the server is being started again. Thread-safe.
  std::shared_ptr<const Stubs> stubs() ABSL_LOCKS_EXCLUDED(mutex_);

  // By the thread that made it:
  // SIGKILL, if it still runs, and a new start on the same data.
  void KillAndRestart() ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsServerRunning() { return vault_.running(); }
  // Makes a backup beside traffic. False: the server has ended.
  bool MakeBackup();
  // SIGKILL, and a start on what is restored of that backup, admitted: the ledger forgot the rest.
  // `meanwhile` runs while there is no server.
  void Restore(absl::FunctionRef<void()> meanwhile) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether the gateways cannot be reached over the flaky routes. False: the server has ended.
  bool SetOutage(bool is_outage);

  // Both thread-safe.
  const testing::SandboxProcess& sandbox() const { return sandbox_; }
  int Port(Gateway gateway) const {
    return gateway == Gateway::kH2h ? sandbox_.h2h_port() : sandbox_.praxis_port();
  }

  // The gateways forget all orders.
  void ResetGateways();

 private:
  std::string RouteDocument(Gateway gateway, const char* name, const char* timeouts) const;
  bool ApplyRoute(Gateway gateway, const char* name, const std::string& document);
  void Kill() ABSL_LOCKS_EXCLUDED(mutex_);
  void Start();
  void MakeStubs() ABSL_LOCKS_EXCLUDED(mutex_);

  testing::VaultProcess vault_;
  std::string backup_;      // the last one
  std::string backup_key_;  // that signed it
  const testing::SandboxProcess sandbox_;
  absl::Mutex mutex_;
  std::shared_ptr<const Stubs> stubs_ ABSL_GUARDED_BY(mutex_);  // null while there is no server
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_ARENA_H_
