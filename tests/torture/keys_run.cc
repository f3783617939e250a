#include "tests/torture/keys_run.h"

#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/torture/backup_drill.h"
#include "tests/torture/card_book.h"
#include "tests/torture/card_traffic.h"
#include "tests/torture/key_arena.h"
#include "tests/torture/key_operator.h"
#include "tests/torture/nonce_book.h"
#include "tests/torture/store_check.h"

namespace cardvault::torture {
namespace {

// Before the first step: there are cards.
constexpr absl::Duration kLead = absl::Milliseconds(100);

}  // namespace

KeysResult PlayKeySchedule(const KeySchedule& schedule, const std::string& daemon) {
  KeyFindings findings;
  KeyArena arena(daemon, schedule.uses_hsm);
  CardBook book;
  NonceBook nonces;
  KeyOperator administrator(arena, findings);
  const auto look = [&] { CollectNonces(arena.vault().data_directory(), nonces, findings); };
  CardTraffic traffic(schedule, arena, book, findings);
  BackupDrill drill(arena, book, findings);
  size_t lost = 0;
  const auto take = [&](const KeyStep& step) {
    if (step.kind == KeyStep::Kind::kBackup) return drill.MakeBackup();
    administrator.Do(step);
  };
  traffic.Start();
  absl::SleepFor(kLead);
  for (const KeyStep& step : schedule.steps) {
    if (step.kind == KeyStep::Kind::kRestartHsm) {
      arena.RestartHsm([&] { administrator.TryRotation(); }, look);
    } else if (step.kind == KeyStep::Kind::kRestore) {
      // Every answer is in the book before what is lost is taken out of it.
      traffic.Stop();
      lost += drill.Restore(look, [&] {
        for (const auto& [purpose, version] :
             CollectNonces(arena.vault().data_directory(), nonces, findings)) {
          nonces.EndVersions(purpose, version);
        }
      });
      administrator.Forget();
      traffic.Start();
    } else if (step.kill_after.has_value()) {
      std::thread doing([&] { take(step); });
      absl::SleepFor(absl::FromChrono(*step.kill_after));
      arena.KillAndRestart(look);
      doing.join();
    } else {
      take(step);
    }
  }
  traffic.Stop();
  for (const char* const purpose : kMovedPurposes) administrator.Reencrypt(purpose);
  traffic.OfferAllAgain();
  arena.End(schedule.ends_with_kill);
  look();
  CheckStore(arena.vault(), schedule, book, findings);
  return {findings.all(), book.cards().size(), lost, nonces.size()};
}

}  // namespace cardvault::torture
