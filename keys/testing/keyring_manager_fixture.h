#ifndef CARDVAULT_KEYS_TESTING_KEYRING_MANAGER_FIXTURE_H_
#define CARDVAULT_KEYS_TESTING_KEYRING_MANAGER_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "base/id.h"
#include "base/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "keys/aead_key.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "keys/testing/fake_kek_provider.h"
#include "keys/testing/fake_keyring_store.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {

// A vault's keys with a provider and a store that fail when they are told to.
class KeyringManagerFixture : public testing::Test {
 protected:
  // Small blocks and ceilings, so that they are reached.
  static constexpr uint64_t kBlock = 100;

  KeyringManager::Options Options(uint64_t max_uses = 1000) const {
    return {.max_uses = max_uses, .use_block = kBlock, .mode = 2};
  }
  std::unique_ptr<KeyringManager> Manager(KeyringManager::Options options) {
    return std::make_unique<KeyringManager>(*store_, holder_, clock_, options);
  }
  std::unique_ptr<KeyringManager> Manager() { return Manager(Options()); }

  // A manager with a new keyring, unsealed.
  std::unique_ptr<KeyringManager> Unsealed(uint64_t max_uses = 1000) {
    auto manager = Manager(Options(max_uses));
    EXPECT_THAT(manager->Create(vault_id_, *kek_), IsOk());
    EXPECT_THAT(manager->Unseal(kek_), IsOk());
    return manager;
  }

  // What happens to a manager in a crash: nothing of it reaches the store any more, and the next
  // process finds what the store had.
  void Crash(std::unique_ptr<KeyringManager> manager) {
    auto after = store_->CopyAtCrash();
    manager.reset();
    store_ = std::move(after);
  }

  std::shared_ptr<const AeadKey> PanKey() const {
    return *(*holder_.Snapshot())->ActiveAead(KeyPurpose::kPan);
  }
  // Seals until it fails; how often it went, and how it ended.
  std::pair<uint64_t, absl::Status> SealUntilRefused(const AeadKey& key) const {
    for (uint64_t count = 0;; ++count) {
      const auto sealed = key.Seal("text", "row");
      if (!sealed.ok()) return {count, sealed.status()};
    }
  }
  KeyVersionInfo PanInfo() const { return (*holder_.Snapshot())->Inventory()[0]; }

  const VaultId vault_id_ = *VaultId::Parse("vault-1", "vault_id");
  const std::shared_ptr<FakeKekProvider> kek_ = std::make_shared<FakeKekProvider>();
  FakeClock clock_;
  KeyringHolder holder_;
  std::unique_ptr<FakeKeyringStore> store_ = std::make_unique<FakeKeyringStore>();
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_KEYRING_MANAGER_FIXTURE_H_
