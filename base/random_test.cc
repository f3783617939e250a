#include "base/random.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "base/access/secret_bytes_access.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(RandomTest, BytesHaveTheSizeAskedForAndDiffer) {
  EXPECT_EQ(RandomBytes(0).size(), 0u);
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string bytes = RandomBytes(16);
    ASSERT_EQ(bytes.size(), 16u);
    ASSERT_TRUE(seen.insert(bytes).second);
  }
}

// Blocks end in the middle of a request, and larger requests go around them.
TEST(RandomTest, BytesOfAnySizeDiffer) {
  std::set<std::string> seen;
  for (int round = 0; round < 50; ++round) {
    for (size_t size = 12; size <= 70; ++size) {
      ASSERT_TRUE(seen.insert(RandomBytes(size).substr(0, 12)).second) << size;
    }
  }
}

TEST(RandomTest, ThreadsDrawTheirOwn) {
  constexpr int kThreads = 4;
  constexpr int kDraws = 1'000;
  std::vector<std::vector<std::string>> drawn(kThreads);
  std::vector<std::thread> threads;
  for (std::vector<std::string>& mine : drawn) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < kDraws; ++i) mine.push_back(RandomBytes(12));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> seen;
  for (const std::vector<std::string>& mine : drawn) seen.insert(mine.begin(), mine.end());
  EXPECT_EQ(seen.size(), size_t{kThreads} * kDraws);
}

// A nonce that came twice under one key would give the key's secrets away.
TEST(RandomTest, AChildDoesNotGoOnWithItsParentsBytes) {
  RandomBytes(12);  // the parent has a block now
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::string bytes = RandomBytes(12);
    _exit(write(ends[1], bytes.data(), bytes.size()) == 12 ? 0 : 1);
  }
  const std::string of_parent = RandomBytes(12);
  std::string of_child(12, '\0');
  ASSERT_EQ(read(ends[0], of_child.data(), of_child.size()), 12);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_NE(of_parent, of_child);
  close(ends[0]);
  close(ends[1]);
}

// Draws where the block of its thread is gone: what was made before it ends after it.
struct DrawsAtTheEnd {
  ~DrawsAtTheEnd() {
    for (std::string& bytes : *drawn) bytes = RandomBytes(16);
  }
  std::vector<std::string>* drawn = nullptr;
};

TEST(RandomTest, WhatIsDrawnBehindTheEndOfAThreadIsRandomToo) {
  std::vector<std::string> drawn(20);
  std::thread([&drawn] {
    thread_local DrawsAtTheEnd at_the_end;
    at_the_end.drawn = &drawn;
    RandomBytes(16);
  }).join();
  std::set<std::string> seen = {std::string(16, '\0')};
  for (const std::string& bytes : drawn) EXPECT_TRUE(seen.insert(bytes).second);
}

TEST(RandomTest, EveryByteValueComes) {
  const std::string bytes = RandomBytes(64 * 1024);
  EXPECT_EQ(std::set<char>(bytes.begin(), bytes.end()).size(), 256u);
}

TEST(RandomTest, SecretBytesAreRandomToo) {
  const SecretBytes a = RandomSecretBytes(32);
  const SecretBytes b = RandomSecretBytes(32);
  ASSERT_EQ(a.size(), 32u);
  EXPECT_FALSE(SecretBytesAccess::View(a) == SecretBytesAccess::View(b));
  EXPECT_TRUE(RandomSecretBytes(0).empty());
}

}  // namespace
}  // namespace cardvault
