#include "keys/mac_key.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/length_prefix.h"
#include "gtest/gtest.h"
#include "keys/context_slots.h"
#include "keys/hmac_sha256.h"
#include "keys/key_material.h"
#include "keys/testing/seed.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class MacKeyTest : public testing::Test {
 protected:
  const std::shared_ptr<const KeyMaterial> material_ =
      *KeyMaterial::CopyOf("THIS IS A TEST KEY, NOT A SECRET");
  const MacKey key_{3, material_};
};

TEST_F(MacKeyTest, MacIsHmacOverTheLengthPrefixedParts) {
  std::mt19937_64 random = SeededGenerator();
  const HmacSha256 hmac(material_);
  EXPECT_EQ(key_.version(), 3u);
  EXPECT_EQ(key_.Mac({"cardvault token v1", "", "part"}),
            hmac.Compute({LengthPrefixed({"cardvault token v1", "", "part"})}));
  for (size_t count = 0; count < 40; ++count) {
    std::vector<std::string> parts;
    std::string joined;
    for (size_t i = 0; i < count; ++i) {
      parts.push_back(RandomString(random, random() % 300));
      AppendLengthPrefixed(joined, parts.back());
    }
    const std::vector<absl::string_view> views(parts.begin(), parts.end());
    EXPECT_EQ(key_.Mac(absl::MakeConstSpan(views)), hmac.Compute({joined})) << count;
  }
}

TEST_F(MacKeyTest, MacTellsListsOfPartsApart) {
  const absl::string_view with_nul("a\0b", 3);
  const absl::string_view like_a_part("\0\0\0\1b", 5);
  const std::vector<std::string> macs = {
      key_.Mac({}),         key_.Mac({""}),
      key_.Mac({"", ""}),   key_.Mac({"a"}),
      key_.Mac({"ab"}),     key_.Mac({"a", "b"}),
      key_.Mac({"b", "a"}), key_.Mac({"ab", ""}),
      key_.Mac({"", "ab"}), key_.Mac({"a", "", "b"}),
      key_.Mac({with_nul}), key_.Mac({"a", like_a_part}),
  };
  EXPECT_EQ(std::set<std::string>(macs.begin(), macs.end()).size(), macs.size());
}

TEST_F(MacKeyTest, VerifyAcceptsTheMacAndItsBeginningsFromFourBytesOn) {
  const std::string mac = key_.Mac({"use", "part"});
  for (size_t size = 0; size <= mac.size(); ++size) {
    EXPECT_EQ(key_.Verify({"use", "part"}, mac.substr(0, size)), size >= kMinVerifiedMacSize)
        << size;
  }
  EXPECT_FALSE(key_.Verify({"use", "part"}, mac + "x"));
}

TEST_F(MacKeyTest, VerifyRejectsEveryFlippedBit) {
  const std::string mac = key_.Mac({"use", "part"});
  for (const size_t size : {size_t{4}, size_t{16}, kMacSize}) {
    for (size_t bit = 0; bit < 8 * size; ++bit) {
      std::string flipped = mac.substr(0, size);
      flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
      EXPECT_FALSE(key_.Verify({"use", "part"}, flipped)) << bit;
    }
  }
}

TEST_F(MacKeyTest, VerifyRejectsOtherPartsAndOtherKeys) {
  const std::string mac = key_.Mac({"use", "part"});
  EXPECT_FALSE(key_.Verify({"use", "parT"}, mac));
  EXPECT_FALSE(key_.Verify({"usepart"}, mac));
  EXPECT_FALSE(key_.Verify({"part", "use"}, mac));
  EXPECT_FALSE(MacKey(3, *KeyMaterial::Generate()).Verify({"use", "part"}, mac));
}

TEST_F(MacKeyTest, ThreadsComputeAtOnce) {
  constexpr size_t kThreads = kContextSlotCount + 8;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string part(t, 'p');
      const std::string expected = HmacSha256(material_).Compute({LengthPrefixed({"use", part})});
      for (int i = 0; i < 200; ++i) {
        if (key_.Mac({"use", part}) != expected) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

// A flood of TLS handshakes can fill the key heap for a while: that must not stop MACs, which end
// the process when they fail.
TEST_F(MacKeyTest, MacGoesOnWhenTheKeyHeapIsFull) {
  const std::string expected = key_.Mac({"use"});
  std::vector<std::shared_ptr<const KeyMaterial>> filler;
  while (true) {
    auto more = KeyMaterial::Generate();
    if (!more.ok()) break;
    filler.push_back(*std::move(more));
  }
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        if (key_.Mac({"use"}) != expected) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace cardvault
