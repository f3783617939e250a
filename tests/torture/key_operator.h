#ifndef CARDVAULT_TESTS_TORTURE_KEY_OPERATOR_H_
#define CARDVAULT_TESTS_TORTURE_KEY_OPERATOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cardvault/admin/v1/key_service.pb.h"
#include "tests/torture/key_arena.h"
#include "tests/torture/key_finding.h"
#include "tests/torture/key_schedule.h"

namespace cardvault::torture {

// The operator's part of a run. A call that fails because the server was killed under it may have
// had its effect and is left at that, as an operator would look again; only a re-encryption is
// waited for over kills, since it goes on by itself. Not thread-safe; one thread after another.
class KeyOperator final {
 public:
  // Both must outlive it.
  KeyOperator(KeyArena& arena, KeyFindings& findings) : arena_(arena), findings_(findings) {}

  // All but kRestartHsm, kBackup and kRestore.
  void Do(const KeyStep& step);

  // One call to a vault whose HSM may be away: whatever it answers.
  void TryRotation();

  // After a restore: what was seen done may not be.
  void Forget() { settled_.clear(); }

  // Re-encrypts until nothing rests under an earlier version.
  void Reencrypt(const std::string& purpose);

 private:
  void Rotate(const std::string& purpose);
  void Pause(const std::string& purpose);
  void Compromise(const std::string& purpose);
  void Destroy(const std::string& purpose);
  void RotateKek();

  // Until it is begun, over kills; false: it is refused, which is reported.
  bool StartJob(const std::string& purpose);
  void WaitForJob();
  bool ReadProgress(admin::v1::ReencryptionProgress& progress);
  // Whether a listed backup is wrapped by the KEK; nullopt: the server ended.
  std::optional<bool> IsBackedUp(const std::string& check_value);
  // Those of the purpose that are not destroyed; false: the server ended.
  bool ListVersions(const std::string& purpose, std::vector<admin::v1::KeyVersionInfo>& versions);
  void Report(const std::string& what, const grpc::Status& status, const testing::Call& call);

  KeyArena& arena_;
  KeyFindings& findings_;
  // Under which version all of a purpose rests since its last re-encryption; none while one is due.
  std::map<std::string, int32_t> settled_;
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_KEY_OPERATOR_H_
