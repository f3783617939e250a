// What a server leaves of the shares that custodians showed it: nothing, in its files and in its
// memory (K1, K10).

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/e2e/custody_fixture.h"
#include "tests/leak/secret_search.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

// Connections have closed and executors are idle by then.
constexpr auto kUntilIdle = std::chrono::milliseconds(1500);
// Of a share, behind its place: enough to be no chance, and less than what a longer copy has cut.
constexpr size_t kNeedleSize = 16;

size_t Count(absl::string_view bytes, absl::string_view needle) {
  size_t count = 0;
  for (size_t at = bytes.find(needle); at != absl::string_view::npos;
       at = bytes.find(needle, at + 1)) {
    ++count;
  }
  return count;
}

// Of all memory of a process that can be read.
size_t CountInMemory(pid_t pid, const std::string& needle) {
  std::ifstream maps(absl::StrCat("/proc/", pid, "/maps"));
  std::ifstream memory(absl::StrCat("/proc/", pid, "/mem"), std::ios::binary);
  size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char readable = 0;
    if (sscanf(line.c_str(), "%lx-%lx %c", &begin, &end, &readable) != 3 || readable != 'r')
      continue;
    std::string bytes(end - begin, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(begin));
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    count +=
        Count(absl::string_view(bytes).substr(0, static_cast<size_t>(memory.gcount())), needle);
  }
  return count;
}

class ShareLeakTest : public CustodyFixture {
 protected:
  void Add(const OpenedShare& share) { needles_.push_back(share.bytes.substr(1, kNeedleSize)); }
  void ExpectNoneInMemory() const {
    if (!MayReadMemory()) return;
    std::this_thread::sleep_for(kUntilIdle);
    // What it is known to hold is found.
    EXPECT_GT(CountInMemory(vault_.pid(), kOperatorUri), 0u);
    for (size_t i = 0; i < needles_.size(); ++i) {
      EXPECT_EQ(CountInMemory(vault_.pid(), needles_[i]), 0u) << "share " << i;
    }
  }
  void ExpectNoneInFiles() const {
    int files = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(vault_.directory().path())) {
      if (!entry.is_regular_file()) continue;
      ++files;
      const std::string bytes = ReadWholeFile(entry.path());
      for (const std::string& needle : needles_) {
        EXPECT_EQ(Count(bytes, needle), 0u) << entry.path();
        EXPECT_EQ(Count(bytes, absl::BytesToHexString(needle)), 0u) << entry.path();
      }
    }
    EXPECT_GT(files, 5);
  }

  std::vector<std::string> needles_;
};

TEST_F(ShareLeakTest, NothingIsLeftOfSharesInFilesOrMemory) {
  WriteWholeFile(vault_.config_path(), ReadWholeFile(vault_.config_path()) + "log_level: debug\n");
  StartVault();
  for (const char* name : {"alice", "bob", "carol"}) Add(FirstShare(name));
  AcknowledgeFirst({"alice", "bob", "carol"});
  ASSERT_EQ(SubmitOwn("alice"), CallResult());
  EXPECT_NE(SubmitOwn("alice"), CallResult());
  EXPECT_NE(Submit("bob", FirstShare("carol").bytes), CallResult());
  EXPECT_NE(Submit("bob", FirstShare("bob").bytes + "x"), CallResult());
  ASSERT_EQ(SubmitOwn("carol"), CallResult());
  EXPECT_NE(SubmitOwn("bob"), CallResult());  // open already
  vault_.GrantRoles();
  ExpectNoneInMemory();

  const std::string kek_id = Propose(2, {"alice", "dave"});
  for (const char* name : {"alice", "dave"}) {
    const OpenedShare share = ProposedShare(name);
    Add(share);
    ASSERT_EQ(Acknowledge(name, share), CallResult());
  }
  ASSERT_EQ(Activate(kek_id), CallResult());
  ASSERT_EQ(Seal(), CallResult());
  ExpectNoneInMemory();
  vault_.Kill();
  ExpectNoneInFiles();
}

}  // namespace
}  // namespace cardvault::testing
