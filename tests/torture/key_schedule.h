#ifndef CARDVAULT_TESTS_TORTURE_KEY_SCHEDULE_H_
#define CARDVAULT_TESTS_TORTURE_KEY_SCHEDULE_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cardvault::torture {

// The purposes, as KeyService names them, under whose keys rows rest that can be moved.
inline constexpr const char* kMovedPurposes[] = {"pan", "profile", "fingerprint",
                                                 "route-credential", "row-index"};

// What an operator does while cards come and go.
struct KeyStep {
  enum class Kind {
    kRotate,      // the next version encrypts
    kReencrypt,   // until nothing is left under earlier versions
    kPause,       // begins that, pauses and resumes it, and does not wait for its end
    kCompromise,  // marks the version that encrypts
    kDestroy,     // the oldest versions that do not encrypt, where nothing rests under them
    kRotateKek,   // and the KEK before is destroyed
    kRestartHsm,  // it is away: a rotation is tried, the server killed, and cannot start without it
    kBackup,      // a backup is made
    kRestore,     // the server is killed, its files are lost, and the backup is restored
  };
  Kind kind = Kind::kRotate;
  std::string purpose;  // "" where the step is of none
  // SIGKILL of the server so long after the step began.
  std::optional<std::chrono::microseconds> kill_after;
};

// What one run does. The same seed and number give the same schedule on every machine; how its
// steps fall together with the traffic is the machine's.
struct KeySchedule {
  uint64_t seed = 0;  // of the traffic
  bool uses_hsm = false;
  bool ends_with_kill = false;       // instead of a stop in good order
  std::vector<std::string> numbers;  // card numbers
  std::vector<KeyStep> steps;        // one after the other

  int kills() const;
  bool restores() const;
};

// One run in so many restores a backup.
KeySchedule MakeKeySchedule(uint64_t seed, int run, uint64_t restore_one_in);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_KEY_SCHEDULE_H_
