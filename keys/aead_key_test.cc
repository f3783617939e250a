#include "keys/aead_key.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/status/status.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/context_slots.h"
#include "keys/key_material.h"
#include "keys/testing/seed.h"
#include "keys/use_counter.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;

std::shared_ptr<const AeadKey> MakeKey(std::shared_ptr<UseCounter> counter = nullptr) {
  return std::make_shared<const AeadKey>(7, *KeyMaterial::Generate(), std::move(counter));
}

TEST(AeadKeyTest, OpenReturnsWhatWasSealed) {
  std::mt19937_64 random = SeededGenerator();
  const auto key = MakeKey();
  EXPECT_EQ(key->version(), 7u);
  for (size_t size = 0; size < 300; ++size) {
    const std::string plaintext = RandomString(random, size);
    const std::string associated_data = RandomString(random, random() % 100);
    const auto sealed = key->Seal(plaintext, associated_data);
    ASSERT_THAT(sealed, IsOk());
    ASSERT_EQ(sealed->size(), kGcmNonceSize + size + kGcmTagSize);
    const auto opened = key->Open(*sealed, associated_data);
    ASSERT_THAT(opened, IsOk());
    ASSERT_TRUE(SecretBytesAccess::View(*opened) == plaintext);
  }
}

TEST(AeadKeyTest, SealNeverRepeatsANonce) {
  const auto key = MakeKey();
  std::set<std::string> nonces;
  constexpr size_t kSeals = 20000;
  for (size_t i = 0; i < kSeals; ++i) {
    nonces.insert(key->Seal("same", "same").value().substr(0, kGcmNonceSize));
  }
  EXPECT_EQ(nonces.size(), kSeals);
}

TEST(AeadKeyTest, OpenRejectsFlippedTagBit) {
  const auto key = MakeKey();
  const std::string sealed = key->Seal("plaintext", "row").value();
  for (size_t bit = 0; bit < 8 * kGcmTagSize; ++bit) {
    std::string flipped = sealed;
    flipped[sealed.size() - kGcmTagSize + bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_THAT(key->Open(flipped, "row"), StatusIs(kDataLoss, ErrorReason::kRecordCorrupt));
  }
}

TEST(AeadKeyTest, OpenRejectsFlippedBitAnywhere) {
  const auto key = MakeKey();
  const std::string sealed = key->Seal("plaintext", "row").value();
  for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string flipped = sealed;
    flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_THAT(key->Open(flipped, "row"), StatusIs(kDataLoss)) << bit;
  }
  for (size_t bit = 0; bit < 8 * 3; ++bit) {
    std::string row = "row";
    row[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_THAT(key->Open(sealed, row), StatusIs(kDataLoss)) << bit;
  }
}

// G3
TEST(AeadKeyTest, OpenRejectsTruncatedTagAndEveryOtherCut) {
  const auto key = MakeKey();
  const std::string sealed = key->Seal("plaintext", "row").value();
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_THAT(key->Open(sealed.substr(0, size), "row"), StatusIs(kDataLoss)) << size;
    EXPECT_THAT(key->Open(sealed.substr(sealed.size() - size), "row"), StatusIs(kDataLoss)) << size;
  }
  EXPECT_THAT(key->Open(sealed + "x", "row"), StatusIs(kDataLoss));
  EXPECT_THAT(key->Open(sealed, "row"), IsOk());
}

TEST(AeadKeyTest, OpenRejectsAnotherKeysBytes) {
  EXPECT_THAT(MakeKey()->Open(MakeKey()->Seal("plaintext", "row").value(), "row"),
              StatusIs(kDataLoss));
}

TEST(AeadKeyTest, SealRefusesMoreThanTheLimit) {
  const auto key = MakeKey();
  EXPECT_THAT(key->Seal(std::string(kMaxGcmInputSize + 1, 'x'), ""),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
}

// G1
TEST(AeadKeyTest, SealStopsWhenTheReservedUsesAreSpentAndOpenGoesOn) {
  auto counter = std::make_shared<UseCounter>(3, 0, nullptr);
  const auto key = MakeKey(counter);
  std::string sealed;
  for (int i = 0; i < 3; ++i) sealed = key->Seal("plaintext", "row").value();
  EXPECT_THAT(key->Seal("plaintext", "row"),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kKeyLimit));
  EXPECT_THAT(key->Open(sealed, "row"), IsOk());
  counter->Add(1);
  EXPECT_THAT(key->Seal("plaintext", "row"), IsOk());
  counter->Close();
  EXPECT_THAT(key->Seal("plaintext", "row"),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  EXPECT_THAT(key->Open(sealed, "row"), IsOk());
}

// More threads than slots, so that some share one.
TEST(AeadKeyTest, ThreadsSealAndOpenAtOnce) {
  constexpr size_t kThreads = kContextSlotCount + 8;
  constexpr int kRounds = 200;
  auto counter = std::make_shared<UseCounter>(kThreads * kRounds, 0, nullptr);
  const auto key = MakeKey(counter);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string plaintext(t + 1, 'p');
      const std::string row(t + 1, 'r');
      for (int i = 0; i < kRounds; ++i) {
        const auto sealed = key->Seal(plaintext, row);
        if (!sealed.ok()) {
          ++wrong;
          continue;
        }
        const auto opened = key->Open(*sealed, row);
        if (!opened.ok() || SecretBytesAccess::View(*opened) != plaintext) ++wrong;
        if (key->Open(*sealed, "another row").ok()) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(counter->remaining(), 0u);
}

}  // namespace
}  // namespace cardvault
