// Searches this process's own memory for keys after they were forgotten. Apart from the other
// tests, and not under sanitizers, whose allocators and shadow memory it would search as well.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "keys/aead_key.h"
#include "keys/key_material.h"
#include "keys/key_material_access.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/keyring_document.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "keys/mac_key.h"
#include "keys/testing/fake_kek_provider.h"
#include "keys/testing/fake_keyring_store.h"
#include "keys/testing/memory_needle.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// Threads that did some work and are still there, idle: what they keep, they keep.
class IdleThreads {
 public:
  template <typename Work>
  IdleThreads(int count, Work work) {
    for (int t = 0; t < count; ++t) {
      threads_.emplace_back([this, work] {
        work();
        std::unique_lock<std::mutex> lock(mutex_);
        ++done_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return stop_; });
      });
    }
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return done_ == count; });
  }
  ~IdleThreads() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int done_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

constexpr int kThreads = 6;

// K1
TEST(KeyResidueTest, LastReferenceToAnAeadKeyCleansesEverySchedule) {
  auto material = *KeyMaterial::Generate();
  // The first two round keys of AES-256 are the key itself.
  const MemoryNeedle needle(KeyMaterialAccess::View(*material).substr(0, 16));
  EXPECT_EQ(needle.Count(), 1);
  auto key = std::make_shared<const AeadKey>(1, std::move(material), nullptr);
  IdleThreads threads(kThreads, [weak = std::weak_ptr<const AeadKey>(key)] {
    const auto mine = weak.lock();
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(mine->Open(mine->Seal("text", "row").value(), "row").ok());
    }
  });
  EXPECT_GT(needle.Count(), 2);  // the search finds schedules while there are some
  key = nullptr;
  EXPECT_EQ(needle.Count(), 0);
}

// K1
TEST(KeyResidueTest, LastReferenceToAMacKeyCleansesEveryContext) {
  auto material = *KeyMaterial::Generate();
  const MemoryNeedle needle(KeyMaterialAccess::View(*material).substr(0, 16));
  auto key = std::make_shared<const MacKey>(1, std::move(material));
  IdleThreads threads(kThreads, [weak = std::weak_ptr<const MacKey>(key)] {
    const auto mine = weak.lock();
    for (int i = 0; i < 10; ++i) mine->Mac({"use", "part"});
  });
  EXPECT_GT(needle.Count(), 2);
  key = nullptr;
  EXPECT_EQ(needle.Count(), 0);
}

// K1: from the stored document through unsealing and use to Seal().
TEST(KeyResidueTest, SealLeavesNoKeyOfTheKeyring) {
  const auto kek = std::make_shared<FakeKekProvider>();
  FakeKeyringStore store;
  KeyringHolder holder;
  FakeClock clock;
  KeyringManager manager(store, holder, clock, {});
  ASSERT_THAT(manager.Create(*VaultId::Parse("vault-1", "vault_id"), *kek), IsOk());
  std::vector<MemoryNeedle> needles;
  {
    const auto document = OpenKeyringDocument(*store.document(), *kek);
    ASSERT_THAT(document, IsOk());
    for (const auto& entry : document->entries) {
      const auto material = UnwrapKeyringEntry(*document, entry, *kek);
      ASSERT_THAT(material, IsOk());
      needles.emplace_back(KeyMaterialAccess::View(**material).substr(0, 16));
    }
  }
  for (const MemoryNeedle& needle : needles) EXPECT_EQ(needle.Count(), 0);
  ASSERT_THAT(manager.Unseal(kek), IsOk());
  IdleThreads threads(kThreads, [&holder] {
    const auto keyring = *holder.Snapshot();
    for (const KeyPurpose purpose : AllPurposes()) {
      switch (AlgorithmOf(purpose)) {
        case KeyAlgorithm::kAes256Gcm:
          ASSERT_TRUE((*keyring->ActiveAead(purpose))->Seal("text", "row").ok());
          break;
        case KeyAlgorithm::kHmacSha256:
          (*keyring->ActiveMac(purpose))->Mac({"use", "part"});
          break;
        case KeyAlgorithm::kEd25519:
          ASSERT_TRUE((*keyring->ActiveSigningKey())->Sign("text").ok());
      }
    }
  });
  for (size_t i = 0; i < needles.size(); ++i) {
    // Threads have contexts with copies of the others; a signing key has one copy in all.
    const bool signs = AlgorithmOf(AllPurposes()[i]) == KeyAlgorithm::kEd25519;
    const auto count = needles[i].Count();
    EXPECT_TRUE(signs ? count == 1 : count > 2) << PurposeName(AllPurposes()[i]) << " " << count;
  }
  manager.Seal();
  for (const MemoryNeedle& needle : needles) EXPECT_EQ(needle.Count(), 0);
}

}  // namespace
}  // namespace cardvault
