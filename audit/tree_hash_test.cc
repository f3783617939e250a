#include "audit/tree_hash.h"

#include <cstring>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

std::string Hex(const TreeHash& hash) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

// The leaves of Certificate Transparency's reference tree (github.com/transparency-dev/merkle,
// testonly/constants.go).
TEST(TreeHashTest, LeafHashIsThatOfTheReferenceTree) {
  EXPECT_EQ(Hex(LeafHash("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(Hex(LeafHash(absl::string_view("\0", 1))),
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  EXPECT_EQ(Hex(LeafHash(absl::HexStringToBytes("40414243"))),
            "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658");
}

TEST(TreeHashTest, NodeHashIsThatOfTheReferenceTree) {
  EXPECT_EQ(Hex(NodeHash(LeafHash(""), LeafHash(absl::string_view("\0", 1)))),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

TEST(TreeHashTest, EmptyRootIsSha256OfNothing) {
  EXPECT_EQ(Hex(EmptyRoot()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(TreeHashTest, NoLeafPassesForANode) {
  const TreeHash left = LeafHash("a");
  const TreeHash right = LeafHash("b");
  std::string both(2 * kTreeHashSize, '\0');
  std::memcpy(both.data(), left.data(), kTreeHashSize);
  std::memcpy(both.data() + kTreeHashSize, right.data(), kTreeHashSize);
  EXPECT_NE(LeafHash(both), NodeHash(left, right));
}

TEST(TreeHashTest, ThreadsDoNotDisturbEachOther) {
  const TreeHash expected = NodeHash(LeafHash("left"), LeafHash("right"));
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&count, &expected] {
      for (int i = 0; i < 1000; ++i) {
        if (NodeHash(LeafHash("left"), LeafHash("right")) != expected) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : wrong) EXPECT_EQ(count, 0);
}

}  // namespace
}  // namespace cardvault
