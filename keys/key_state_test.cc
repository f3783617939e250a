#include "keys/key_state.h"

#include <set>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

constexpr KeyState kAll[] = {KeyState::kPreActive, KeyState::kActive, KeyState::kDeactivated,
                             KeyState::kCompromised, KeyState::kDestroyed};

TEST(KeyStateTest, NumbersOnDiskAreFixed) {
  uint32_t number = 1;
  for (const KeyState state : kAll) EXPECT_EQ(static_cast<uint32_t>(state), number++);
}

// K6
TEST(KeyStateTest, EncryptsOnlyWhenActiveAndDecryptsInTheMiddleThree) {
  for (const KeyState state : kAll) {
    EXPECT_EQ(CanEncrypt(state), state == KeyState::kActive) << StateName(state);
    EXPECT_EQ(CanDecrypt(state), state != KeyState::kPreActive && state != KeyState::kDestroyed)
        << StateName(state);
  }
}

// K6: all 25 pairs.
TEST(KeyStateTest, CanBecomeAllowsExactlyTheForwardSteps) {
  using enum KeyState;
  const std::set<std::pair<KeyState, KeyState>> allowed = {
      {kPreActive, kActive},      {kPreActive, kCompromised}, {kPreActive, kDestroyed},
      {kActive, kDeactivated},    {kActive, kCompromised},    {kDeactivated, kCompromised},
      {kDeactivated, kDestroyed}, {kCompromised, kDestroyed},
  };
  int pairs = 0;
  for (const KeyState from : kAll) {
    for (const KeyState to : kAll) {
      EXPECT_EQ(CanBecome(from, to), allowed.count({from, to}) == 1)
          << StateName(from) << " to " << StateName(to);
      if (CanBecome(from, to)) {
        EXPECT_LT(from, to);
      }
      ++pairs;
    }
  }
  EXPECT_EQ(pairs, 25);
}

TEST(KeyStateTest, UnknownStateCanDoNothing) {
  for (const uint32_t number : {0u, 6u, 255u}) {
    const auto state = static_cast<KeyState>(number);
    EXPECT_FALSE(CanEncrypt(state));
    EXPECT_FALSE(CanDecrypt(state));
    for (const KeyState to : kAll) EXPECT_FALSE(CanBecome(state, to));
    EXPECT_EQ(StateName(state), "unknown");
  }
}

TEST(KeyStateTest, NamesDiffer) {
  std::set<std::string> names;
  for (const KeyState state : kAll) names.insert(std::string(SafeForLog(state)));
  EXPECT_EQ(names, (std::set<std::string>{"pre-active", "active", "deactivated", "compromised",
                                          "destroyed"}));
}

}  // namespace
}  // namespace cardvault
