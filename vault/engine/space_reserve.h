#ifndef CARDVAULT_VAULT_ENGINE_SPACE_RESERVE_H_
#define CARDVAULT_VAULT_ENGINE_SPACE_RESERVE_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace cardvault {

// Below so much room on the data volume ordinary writes are refused; above as much and the reserve
// they are taken again. A full write buffer and a compaction's output fit in.
inline constexpr uint64_t kSpaceFloorBytes = uint64_t{128} << 20;
// Given up when the room gets as small as kSpaceReleaseBytes: some hundred thousand refusals and
// deletions, with the compactions that they cause.
inline constexpr uint64_t kSpaceReserveBytes = uint64_t{64} << 20;
inline constexpr uint64_t kSpaceReleaseBytes = uint64_t{32} << 20;

// Sees to it that the data volume has room for what must be written even when it is full: refuses
// in time, and holds a file that is deleted when others filled the volume nevertheless.
// Thread-safe.
class SpaceReserve final {
 public:
  struct Sizes {
    uint64_t floor = kSpaceFloorBytes;
    uint64_t reserve = kSpaceReserveBytes;
    uint64_t release = kSpaceReleaseBytes;
  };

  // The reserve is the file `RESERVE` in the data directory.
  SpaceReserve(const std::string& data_directory, Sizes sizes);

  // UNAVAILABLE (AUDIT_UNAVAILABLE) while there is too little room, or the volume is read-only.
  // Looks each time: one call of the system.
  absl::Status Check() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Hold() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string data_directory_;
  const std::string path_;
  const Sizes sizes_;
  absl::Mutex mutex_;
  bool is_held_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_SPACE_RESERVE_H_
