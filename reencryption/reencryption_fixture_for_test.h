#ifndef CARDVAULT_REENCRYPTION_REENCRYPTION_FIXTURE_FOR_TEST_H_
#define CARDVAULT_REENCRYPTION_REENCRYPTION_FIXTURE_FOR_TEST_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/ledger/payment_state.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"
#include "reencryption/reencryption_job.h"
#include "reencryption/row_batch.h"
#include "reencryption/row_movers.h"
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

// Puts a payment of merchant "shop" through route "cards" that was approved. Whether its id was
// new, and the payment is in the ledger now.
inline bool AddTestPayment(TestVault& vault, const std::string& id, const std::string& reference) {
  StoredPayment payment;
  payment.row_key = PaymentLedger::NewRowKey();
  payment.record.set_merchant("shop");
  payment.record.set_payment_id(id);
  payment.record.set_route("cards");
  payment.record.set_upstream_reference(reference);
  payment.record.set_create_micros(absl::ToUnixMicros(vault.clock().Now()));
  payment.record.set_digest_key_version(1);
  payment.record.set_state(static_cast<uint32_t>(PaymentState::kApproved));
  WriteSet set;
  PaymentLedger::Put(payment, set);
  EXPECT_THAT(PaymentIndex::Add(**vault.keyring().Snapshot(), payment, set), IsOk());
  set.leaves.push_back({.action = AuditAction::kPaymentIntended, .object = "test"});
  return vault.pipeline().SubmitAndWait(std::move(set)).committed();
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

  // The set that moves all rows of a purpose, decided on the store as it is now.
  WriteSet MoveOfAll(KeyPurpose purpose) {
    WriteSet all;
    const auto movers = *MakeRowMovers(purpose, vault_.engine(), VaultMode::kSandbox);
    for (const auto& mover : movers) {
      const RowRange& range = mover->range();
      const std::vector<KeyedRow> rows =
          *vault_.engine().Scan(range.table, range.first_key, range.end_key, 1000);
      absl::StatusOr<RowBatch> batch =
          MakeRowBatch(*mover, **vault_.keyring().Snapshot(), rows, 1000);
      EXPECT_THAT(batch, IsOk());
      EXPECT_LE(batch->moved, 1u);
      const WriteSet& set = batch->set;
      all.preconditions.insert(all.preconditions.end(), set.preconditions.begin(),
                               set.preconditions.end());
      all.puts.insert(all.puts.end(), set.puts.begin(), set.puts.end());
      all.deletes.insert(all.deletes.end(), set.deletes.begin(), set.deletes.end());
      all.sealed_under.insert(all.sealed_under.end(), set.sealed_under.begin(),
                              set.sealed_under.end());
    }
    EXPECT_FALSE(all.puts.empty());
    all.leaves.push_back({.action = AuditAction::kKeyReencrypted, .object = "test"});
    return all;
  }

  // Both are decided on the same store and committed in one batch, in the order that is given.
  // `call` begins a call and tells when it is over.
  CommitResult Meet(bool move_first, KeyPurpose purpose,
                    const std::function<void(std::function<void()> done)>& call) {
    absl::BlockingCounter open(2);
    CommitResult moved;
    WriteSet set = MoveOfAll(purpose);
    const auto move = [&] {
      vault_.pipeline().Submit(std::move(set), [&](CommitResult result) {
        moved = std::move(result);
        open.DecrementCount();
      });
    };
    vault_.pipeline().HoldUntil(2);
    if (move_first) move();
    call([&open] { open.DecrementCount(); });
    if (!move_first) move();
    open.Wait();
    return moved;
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
