#ifndef CARDVAULT_TESTS_TORTURE_KEYS_RUN_H_
#define CARDVAULT_TESTS_TORTURE_KEYS_RUN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tests/torture/key_finding.h"
#include "tests/torture/key_schedule.h"

namespace cardvault::torture {

struct KeysResult {
  std::vector<KeyFinding> findings;
  size_t card_count = 0;   // that were acknowledged, and not lost
  size_t lost_count = 0;   // that were acknowledged behind the backup that was restored
  size_t value_count = 0;  // sealed values that were looked at
};

// Plays the schedule on a new vault of the server at `daemon`, moves all to the newest keys and
// checks what is there.
KeysResult PlayKeySchedule(const KeySchedule& schedule, const std::string& daemon);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_KEYS_RUN_H_
