#include "forwarder/escrow/locked_slots.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

std::unique_ptr<LockedSlots> MakeSlots(size_t count, size_t size) {
  auto slots = LockedSlots::Create(count, size);
  EXPECT_THAT(slots, IsOk());
  return *std::move(slots);
}

// What /proc/self/smaps says of the mapping that holds `address`: the kernel's flags.
std::string FlagsOfMapping(const void* address) {
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  std::ifstream smaps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    if (sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      inside = begin <= wanted && wanted < end;
    } else if (inside && line.rfind("VmFlags:", 0) == 0) {
      return line + " ";
    }
  }
  return "";
}

TEST(LockedSlotsTest, PutAndViewGiveTheSameBytes) {
  const auto slots = MakeSlots(3, 4);
  EXPECT_EQ(slots->free_count(), 3u);
  const LockedSlots::Slot a = slots->Put("aaaa");
  const LockedSlots::Slot b = slots->Put("bbbb");
  EXPECT_EQ(slots->View(a), "aaaa");
  EXPECT_EQ(slots->View(b), "bbbb");
  EXPECT_EQ(slots->free_count(), 1u);
}

TEST(LockedSlotsTest, WipeLeavesZeros) {
  const auto slots = MakeSlots(1, 4);
  const LockedSlots::Slot slot = slots->Put("code");
  slots->Wipe(slot);
  EXPECT_EQ(slots->View(slot), absl::string_view("\0\0\0\0", 4));
  EXPECT_EQ(slots->free_count(), 1u);
}

TEST(LockedSlotsTest, MemoryIsLockedAndLeftOutOfDumps) {  // S2, S3
  const auto slots = MakeSlots(100, 33);
  const LockedSlots::Slot slot = slots->Put(std::string(33, 'x'));
  const std::string flags = FlagsOfMapping(slots->View(slot).data());
  EXPECT_NE(flags.find(" lo "), std::string::npos) << flags;  // locked
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;  // do not dump
  EXPECT_NE(flags.find(" wf "), std::string::npos) << flags;  // wipe on fork
}

TEST(LockedSlotsTest, ChildSeesNothing) {
  const auto slots = MakeSlots(1, 4);
  const absl::string_view view = slots->View(slots->Put("code"));
  const pid_t child = fork();
  ASSERT_NE(child, -1);
  if (child == 0) {
    _exit(std::all_of(view.begin(), view.end(), [](char c) { return c == 0; }) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(view, "code");
}

TEST(LockedSlotsTest, CreateFailsBeyondTheLimit) {
  const pid_t child = fork();
  ASSERT_NE(child, -1);
  if (child == 0) {
    // Root may lock any amount; without capabilities the limit holds for it too.
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[2] = {};
    const rlimit limit = {64 * 1024, 64 * 1024};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || syscall(SYS_capset, &header, none) != 0) _exit(2);
    const absl::Status status = LockedSlots::Create(2, 64 * 1024).status();
    _exit(status.code() == absl::StatusCode::kInternal && LockedSlots::Create(2, 1024).ok() ? 0
                                                                                            : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace cardvault
