// Searches this process's own memory for keys after they were forgotten. Apart from the other
// tests, and not under sanitizers, whose allocators and shadow memory it would search as well.

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
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
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// What is searched for, masked so that the search does not find itself.
class Needle {
 public:
  explicit Needle(absl::string_view bytes) {
    EXPECT_EQ(bytes.size() % 8, 0u);
    for (size_t i = 0; i < bytes.size(); i += 8) {
      words_.push_back(Load(bytes.data() + i) ^ kMask);
    }
  }

  // How often it stands in memory that this process can write to: heaps, stacks, data.
  int Count() const {
    int count = 0;
    std::ifstream maps("/proc/self/maps");
    std::string line;
    while (std::getline(maps, line)) {
      uintptr_t from = 0;
      uintptr_t to = 0;
      char permissions[5] = "";
      if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, permissions) != 3) continue;
      if (permissions[0] != 'r' || permissions[1] != 'w') continue;
      if (absl::StrContains(line, "[v")) continue;  // vvar, vdso
      count += CountIn(reinterpret_cast<const char*>(from), to - from);
    }
    return count;
  }

 private:
  static constexpr uint64_t kMask = 0x3c96a5f00f5a69c3;

  static uint64_t Load(const char* p) {
    uint64_t word;
    std::memcpy(&word, p, sizeof(word));
    return word;
  }
  int CountIn(const char* begin, size_t size) const {
    int count = 0;
    const size_t needle_size = 8 * words_.size();
    for (size_t at = 0; at + needle_size <= size; ++at) {
      bool found = true;
      for (size_t w = 0; found && w < words_.size(); ++w) {
        found = (Load(begin + at + 8 * w) ^ kMask) == words_[w];
      }
      if (found) ++count;
    }
    return count;
  }

  std::vector<uint64_t> words_;
};

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
  const Needle needle(KeyMaterialAccess::View(*material).substr(0, 16));
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
  const Needle needle(KeyMaterialAccess::View(*material).substr(0, 16));
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
  FakeKekProvider kek;
  FakeKeyringStore store;
  KeyringHolder holder;
  FakeClock clock;
  KeyringManager manager(kek, store, holder, clock, {});
  ASSERT_THAT(manager.Create(*VaultId::Parse("vault-1", "vault_id")), IsOk());
  std::vector<Needle> needles;
  {
    const auto document = OpenKeyringDocument(*store.document(), kek);
    ASSERT_THAT(document, IsOk());
    for (const auto& entry : document->entries) {
      const auto material = UnwrapKeyringEntry(*document, entry, kek);
      ASSERT_THAT(material, IsOk());
      needles.emplace_back(KeyMaterialAccess::View(**material).substr(0, 16));
    }
  }
  for (const Needle& needle : needles) EXPECT_EQ(needle.Count(), 0);
  ASSERT_THAT(manager.Unseal(), IsOk());
  IdleThreads threads(kThreads, [&holder] {
    const auto keyring = *holder.Snapshot();
    for (const KeyPurpose purpose : AllPurposes()) {
      if (AlgorithmOf(purpose) == KeyAlgorithm::kAes256Gcm) {
        ASSERT_TRUE((*keyring->ActiveAead(purpose))->Seal("text", "row").ok());
      } else {
        (*keyring->ActiveMac(purpose))->Mac({"use", "part"});
      }
    }
  });
  for (const Needle& needle : needles) EXPECT_GT(needle.Count(), 2);
  manager.Seal();
  for (const Needle& needle : needles) EXPECT_EQ(needle.Count(), 0);
}

}  // namespace
}  // namespace cardvault
