#ifndef CARDVAULT_TESTS_TORTURE_KEY_ARENA_H_
#define CARDVAULT_TESTS_TORTURE_KEY_ARENA_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "keys/testing/soft_hsm.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/vault_process.h"

namespace cardvault::torture {

// Clients of the server as it runs now.
struct KeyStubs {
  std::unique_ptr<v1::TokenService::Stub> ingest;
  std::unique_ptr<v1::TokenService::Stub> tokens;
  std::unique_ptr<admin::v1::KeyService::Stub> keys;
  std::unique_ptr<admin::v1::SystemService::Stub> system;
};

// A new vault with one route, whose KEK is in a file or in SoftHSM, and its server. Thread-safe
// where a method says so; the rest is for the thread that made it.
class KeyArena final {
 public:
  // Starts everything; `daemon` is the server's path. Dies when it cannot. One with an HSM at a
  // time in a process.
  KeyArena(const std::string& daemon, bool uses_hsm);

  // Waits while the server is being started again. Thread-safe.
  std::shared_ptr<const KeyStubs> stubs() ABSL_LOCKS_EXCLUDED(mutex_);

  // SIGKILL, `meanwhile`, and a new start on the same data.
  void KillAndRestart(absl::FunctionRef<void()> meanwhile) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same with the HSM away until after the server has tried to start without it, which it must
  // not; `without_hsm` is called before the kill.
  void RestartHsm(absl::FunctionRef<void()> without_hsm, absl::FunctionRef<void()> meanwhile)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the server for good: by SIGKILL, or in good order, which must be one.
  void End(bool by_kill);

  // After End: starts a server on the data as somebody left them, which it may refuse, and kills
  // it; whether it started and `serves` was true of it.
  bool TryStart(absl::FunctionRef<bool()> serves);

  const testing::VaultProcess& vault() const { return vault_; }
  // Sets the credential of the route. Thread-safe.
  static grpc::Status SetCredential(const KeyStubs& stubs, grpc::ClientContext* context,
                                    const std::string& secret);

 private:
  std::string KekSection();
  void Kill() ABSL_LOCKS_EXCLUDED(mutex_);
  void Start() ABSL_LOCKS_EXCLUDED(mutex_);

  const TempDir pin_directory_;
  std::optional<SoftHsm> hsm_;
  testing::VaultProcess vault_;
  absl::Mutex mutex_;
  std::shared_ptr<const KeyStubs> stubs_ ABSL_GUARDED_BY(mutex_);  // null while there is no server
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_KEY_ARENA_H_
