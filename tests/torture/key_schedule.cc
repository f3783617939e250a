#include "tests/torture/key_schedule.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

#include "tests/testing/card_generator.h"
#include "tests/torture/schedule.h"

namespace cardvault::torture {
namespace {

// Few, so that each is met again and again while its key changes.
constexpr int kNumbersMin = 30;
constexpr int kNumbersSpread = 31;
constexpr uint64_t kRoundsMin = 3;
constexpr uint64_t kRoundsSpread = 4;
// One version of the PAN key after the other is given up, with no pause between its end and the
// re-encryption: what a call sealed just before and commits just after is rare, and looked for
// here.
constexpr uint64_t kStormMin = 6;
constexpr uint64_t kStormSpread = 5;
// Every fifth run: SoftHSM makes a key in a tenth of a second, and is one to a process.
constexpr uint64_t kHsmOneIn = 5;
// A call takes some milliseconds, a re-encryption some tens of them.
constexpr uint64_t kShortDelayMicros = 4'000;
constexpr uint64_t kLongDelayMicros = 60'000;

class Maker final {
 public:
  Maker(uint64_t seed, int run) : random_(Mix(seed, static_cast<uint64_t>(run))) {
    schedule_.seed = random_();
  }

  KeySchedule Make(uint64_t restore_one_in) && {
    schedule_.uses_hsm = OneIn(kHsmOneIn);
    CardGenerator cards(random_());
    const uint64_t numbers = kNumbersMin + Below(kNumbersSpread);
    for (uint64_t i = 0; i < numbers; ++i) schedule_.numbers.push_back(cards.Pan());
    const uint64_t rounds = kRoundsMin + Below(kRoundsSpread);
    for (uint64_t i = 0; i < rounds; ++i) AddRound();
    if (OneIn(2)) Insert({KeyStep::Kind::kRotateKek, "", std::nullopt});
    for (KeyStep& step : schedule_.steps) {
      if (OneIn(8)) step.kill_after = Delay();
    }
    AddStorm();
    // With a kill of its own.
    if (schedule_.uses_hsm) Insert({KeyStep::Kind::kRestartHsm, "", std::nullopt});
    schedule_.ends_with_kill = OneIn(3);
    if (OneIn(restore_one_in)) AddRestore();  // last: the rest is as in a run without it
    return std::move(schedule_);
  }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool OneIn(uint64_t count) { return Below(count) == 0; }

  std::chrono::microseconds Delay() {
    return std::chrono::microseconds(Below(OneIn(2) ? kShortDelayMicros : kLongDelayMicros));
  }

  // PAN, fingerprint and row-index keys are what the run is about.
  std::string ChoosePurpose() {
    static constexpr const char* kDrawn[] = {
        "pan",       "pan",       "pan",       "fingerprint", "fingerprint", "fingerprint",
        "row-index", "row-index", "row-index", "profile",     "profile",     "route-credential"};
    return kDrawn[Below(std::size(kDrawn))];
  }

  // The life of a version, with or without its end.
  void AddRound() {
    const std::string purpose = ChoosePurpose();
    Add(OneIn(3) ? KeyStep::Kind::kCompromise : KeyStep::Kind::kRotate, purpose);
    if (OneIn(4)) Add(KeyStep::Kind::kPause, purpose);
    // Over the end of an earlier one, or in the middle of it.
    if (OneIn(5)) Add(KeyStep::Kind::kRotate, purpose);
    if (!OneIn(5)) Add(KeyStep::Kind::kReencrypt, purpose);
    if (!OneIn(4)) Add(KeyStep::Kind::kDestroy, purpose);
  }

  void AddStorm() {
    Insert({KeyStep::Kind::kReencrypt, "pan", std::nullopt});
    const uint64_t place = Below(schedule_.steps.size() + 1);
    const std::vector<KeyStep> storm(kStormMin + Below(kStormSpread),
                                     {KeyStep::Kind::kCompromise, "pan", std::nullopt});
    schedule_.steps.insert(schedule_.steps.begin() + static_cast<std::ptrdiff_t>(place),
                           storm.begin(), storm.end());
  }

  // Between them keys change, and often the KEK, which the backup needs.
  void AddRestore() {
    const uint64_t backup = Below(schedule_.steps.size() + 1);
    const uint64_t restore = backup + 1 + Below(schedule_.steps.size() + 1 - backup);
    InsertAt(backup, {KeyStep::Kind::kBackup, "", std::nullopt});
    InsertAt(restore, {KeyStep::Kind::kRestore, "", std::nullopt});
    if (OneIn(2)) InsertAt(restore, {KeyStep::Kind::kRotateKek, "", std::nullopt});
    if (OneIn(4)) schedule_.steps[backup].kill_after = Delay();
  }

  void Add(KeyStep::Kind kind, const std::string& purpose) {
    schedule_.steps.push_back({kind, purpose, std::nullopt});
  }

  void Insert(KeyStep step) { InsertAt(Below(schedule_.steps.size() + 1), std::move(step)); }

  void InsertAt(uint64_t place, KeyStep step) {
    schedule_.steps.insert(schedule_.steps.begin() + static_cast<std::ptrdiff_t>(place),
                           std::move(step));
  }

  std::mt19937_64 random_;
  KeySchedule schedule_;
};

}  // namespace

int KeySchedule::kills() const {
  const auto kills = [](const KeyStep& step) {
    return step.kill_after.has_value() || step.kind == KeyStep::Kind::kRestartHsm ||
           step.kind == KeyStep::Kind::kRestore;
  };
  return static_cast<int>(std::count_if(steps.begin(), steps.end(), kills)) +
         (ends_with_kill ? 1 : 0);
}

bool KeySchedule::restores() const {
  return std::any_of(steps.begin(), steps.end(),
                     [](const KeyStep& step) { return step.kind == KeyStep::Kind::kRestore; });
}

KeySchedule MakeKeySchedule(uint64_t seed, int run, uint64_t restore_one_in) {
  return Maker(seed, run).Make(restore_one_in);
}

}  // namespace cardvault::torture
