#ifndef CARDVAULT_REENCRYPTION_REENCRYPTION_FIXTURE_FOR_TEST_H_
#define CARDVAULT_REENCRYPTION_REENCRYPTION_FIXTURE_FOR_TEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"
#include "reencryption/reencryption_job.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/fingerprint/fingerprinter.h"
#include "tokenizer/testing/test_vault.h"
#include "vault/records/row_format.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {

// The keyring as it is, but for one version's state; a destroyed version has no key.
inline std::shared_ptr<const Keyring> WithState(const Keyring& keyring, KeyPurpose purpose,
                                                uint32_t version, KeyState state) {
  std::vector<Keyring::Version> versions;
  for (const KeyVersionInfo& info : keyring.Inventory()) {
    Keyring::Version copy{.info = info};
    if (info.purpose == purpose && info.version == version) copy.info.state = state;
    if (copy.info.state != KeyState::kDestroyed) {
      switch (AlgorithmOf(info.purpose)) {
        case KeyAlgorithm::kAes256Gcm:
          copy.aead = *keyring.AeadVersion(info.purpose, info.version);
          break;
        case KeyAlgorithm::kHmacSha256:
          copy.mac = *keyring.MacVersion(info.purpose, info.version);
          break;
        case KeyAlgorithm::kEd25519:
          for (const auto& key : keyring.LiveSigningKeys()) {
            if (key->version() == info.version) copy.signing = key;
          }
      }
    }
    versions.push_back(std::move(copy));
  }
  return std::make_shared<const Keyring>(keyring.vault_id(), keyring.revision() + 1,
                                         std::move(versions));
}

// A vault with cards under version 1 of every key, and jobs over it that tests step through.
class ReencryptionTest : public ::testing::Test {
 protected:
  explicit ReencryptionTest(TestVault& vault) : vault_(vault) {}

  struct Stored {
    std::string pan;
    TokenView view;
  };

  std::vector<Stored> StoreCards(int count) {
    std::vector<Stored> cards;
    for (int i = 0; i < count; ++i) {
      const std::string pan = generator_.Pan();
      TokenizeInput input = vault_.Card(pan);
      input.reuse = Reuse::kMerchant;
      input.cardholder_name = absl::StrCat("Holder ", i);
      absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(input));
      EXPECT_THAT(output, IsOk());
      if (output.ok()) cards.push_back({pan, output->view});
    }
    return cards;
  }

  std::unique_ptr<ReencryptionJob> NewJob(ReencryptionJob::Options options = {
                                              .rows_per_second = 0}) {
    auto job = std::make_unique<ReencryptionJob>(vault_.engine(), vault_.pipeline(),
                                                 vault_.keyring(), vault_.clock(), options);
    EXPECT_THAT(job->ResumeStored(), IsOk());
    return job;
  }

  static const AuditOrigin& Operator() {
    static const auto* const origin =
        new AuditOrigin{"spiffe://test/operator/ann", "operator", "127.0.0.1:9"};
    return *origin;
  }

  // Steps until it no longer runs.
  static void RunToEnd(ReencryptionJob& job) {
    for (int i = 0; i < 100000 && job.GetProgress().state == ReencryptionState::kRunning; ++i) {
      job.Step();
    }
    EXPECT_NE(job.GetProgress().state, ReencryptionState::kRunning);
  }

  void Reencrypt(KeyPurpose purpose) {
    const std::unique_ptr<ReencryptionJob> job = NewJob();
    ASSERT_THAT(job->Start(purpose, Operator()), IsOk());
    RunToEnd(*job);
    EXPECT_EQ(job->GetProgress().state, ReencryptionState::kDone);
    EXPECT_EQ(job->GetProgress().failed_count, 0u);
  }

  void SetState(KeyPurpose purpose, uint32_t version, KeyState state) {
    vault_.keyring().Set(WithState(**vault_.keyring().Snapshot(), purpose, version, state));
  }

  storage::v1::CardRecord RecordOf(const Token& token) {
    const auto row = *vault_.engine().Get(Table::kRecords, token.binary());
    return *DecodeRow<storage::v1::CardRecord>(row->value);
  }

  // Whether the sealed PAN of a token opens, and is `pan`.
  bool HoldsPan(const Token& token, const std::string& pan) {
    const auto keyring = *vault_.keyring().Snapshot();
    const auto mac = *keyring->ActiveMac(KeyPurpose::kFingerprint);
    const MerchantId shop = TestMerchant("shop");
    const absl::StatusOr<Pan> opened =
        CardSealer::OpenPan(*keyring, shop, token, SealedPanOf(RecordOf(token)));
    return opened.ok() && Fingerprinter::FingerprintOf(*mac, shop, *opened) ==
                              Fingerprinter::FingerprintOf(*mac, shop, *Pan::Parse(pan));
  }

  std::vector<AuditLeaf> LeavesOf(AuditAction action) {
    std::vector<AuditLeaf> found;
    for (AuditLeaf& leaf : vault_.Leaves()) {
      if (leaf.action == action) found.push_back(std::move(leaf));
    }
    return found;
  }

  // Rows that were moved, by the audit log.
  uint64_t MovedByLog() {
    uint64_t moved = 0;
    for (const AuditLeaf& leaf : LeavesOf(AuditAction::kKeyReencrypted)) moved += leaf.count;
    return moved;
  }

  TestVault& vault_;
  CardGenerator generator_ = CardGenerator::FromEnvironment();
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_REENCRYPTION_FIXTURE_FOR_TEST_H_
