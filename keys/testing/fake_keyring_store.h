#ifndef CARDVAULT_KEYS_TESTING_FAKE_KEYRING_STORE_H_
#define CARDVAULT_KEYS_TESTING_FAKE_KEYRING_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "keys/keyring_store.h"

namespace cardvault {

// A keyring store in memory, with an audit log of one number. Thread-safe.
class FakeKeyringStore final : public KeyringStore {
 public:
  enum class SaveFault {
    kNone,
    kNotSaved,             // UNAVAILABLE, and nothing is saved
    kSavedButNotAnswered,  // UNAVAILABLE, and the document is saved all the same
  };

  absl::StatusOr<std::optional<std::string>> Load() override;
  absl::StatusOr<uint64_t> LastAuditedRevision() override;
  absl::Status Save(absl::string_view document, uint64_t new_revision,
                    const KeyringChange& change) override;

  // What a crash at this moment would leave.
  std::unique_ptr<FakeKeyringStore> CopyAtCrash() const;

  std::optional<std::string> document() const;
  KeyringChange last_change() const;  // of the newest saved document
  uint64_t save_count() const;        // that were saved
  uint64_t failed_count() const;      // that were not, by kNotSaved

  // Puts a document back, as one who can write to the database; nullopt deletes it.
  void Tamper(std::optional<std::string> document);
  // Saves a document as another process of the same vault: the next save finds itself too late.
  void SaveAsAnotherWriter(std::string document);
  void SetLastAuditedRevision(uint64_t revision);
  // Until it is set back.
  void SetSaveFault(SaveFault fault);

 private:
  mutable absl::Mutex mutex_;
  std::optional<std::string> document_ ABSL_GUARDED_BY(mutex_);
  KeyringChange last_change_ ABSL_GUARDED_BY(mutex_);
  uint64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t audited_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t save_count_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t failed_count_ ABSL_GUARDED_BY(mutex_) = 0;
  SaveFault fault_ ABSL_GUARDED_BY(mutex_) = SaveFault::kNone;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_FAKE_KEYRING_STORE_H_
