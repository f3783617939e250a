#include <atomic>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "card/test_pans.h"
#include "forwarder/credential_rows.h"
#include "keys/key_state.h"
#include "reencryption/reencryption_fixture_for_test.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

class ReencryptionRaceTest : public ReencryptionTest {
 protected:
  ReencryptionRaceTest() : ReencryptionTest(own_vault_) {}
  ~ReencryptionRaceTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  TokenizeOutput Again(bool move_first, KeyPurpose purpose, Reuse reuse, bool expect_moved) {
    TokenizeInput input = vault_.Card(kVisaTestPan);
    input.reuse = reuse;
    absl::StatusOr<TokenizeOutput> output = absl::UnknownError("");
    const CommitResult moved = Meet(move_first, purpose, [&](std::function<void()> done) {
      vault_.tokenizer().Tokenize(std::move(input),
                                  [&output, done](absl::StatusOr<TokenizeOutput> result) {
                                    output = std::move(result);
                                    done();
                                  });
    });
    EXPECT_EQ(moved.committed(), expect_moved);
    EXPECT_THAT(output, IsOk());
    return *std::move(output);
  }

  Token StoreOne(Reuse reuse = Reuse::kMerchant) {
    TokenizeInput input = vault_.Card(kVisaTestPan);
    input.reuse = reuse;
    const Token token = vault_.Tokenize(std::move(input))->view.token;
    vault_.RotateKeys(2);
    return token;
  }

  TestVault own_vault_;
};

// De-duplication does not miss while the row moves, whichever comes first.
TEST_F(ReencryptionRaceTest, ACardThatIsTokenizedWhileItsRowMovesIsFound) {
  const Token token = StoreOne();
  const std::string fingerprint = vault_.Get(token)->fingerprint;
  const TokenizeOutput found = Again(true, KeyPurpose::kFingerprint, Reuse::kMerchant, true);
  EXPECT_EQ(found.view.token, token);
  EXPECT_EQ(found.disposition, Disposition::kExisting);
  vault_.RotateKeys(3);
  const TokenizeOutput before = Again(false, KeyPurpose::kFingerprint, Reuse::kMerchant, true);
  EXPECT_EQ(before.view.token, token);
  EXPECT_EQ(before.view.fingerprint, fingerprint);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);
}

// A second token writes the row: one of the two goes first, and the other decides again.
TEST_F(ReencryptionRaceTest, ATokenAddedWhileTheRowMovesKeepsTheFingerprint) {
  const Token token = StoreOne();
  const std::string fingerprint = vault_.Get(token)->fingerprint;
  EXPECT_EQ(Again(true, KeyPurpose::kFingerprint, Reuse::kNone, true).view.fingerprint,
            fingerprint);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints)[0].key[3], 2);
}

TEST_F(ReencryptionRaceTest, ATokenAddedBeforeTheRowMovesMakesItMoveLater) {
  const Token token = StoreOne();
  const std::string fingerprint = vault_.Get(token)->fingerprint;
  EXPECT_EQ(Again(false, KeyPurpose::kFingerprint, Reuse::kNone, false).view.fingerprint,
            fingerprint);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints)[0].key[3], 1);
  Reencrypt(KeyPurpose::kFingerprint);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints)[0].key[3], 2);
}

// The last token goes, and its row with it, wherever the row stands by then.
TEST_F(ReencryptionRaceTest, ACardDeletedWhileItsRowMovesLeavesNothing) {
  for (const bool move_first : {true, false}) {
    vault_.RotateKeys(1);
    const Token token = StoreOne();
    absl::StatusOr<bool> deleted = false;
    const CommitResult moved =
        Meet(move_first, KeyPurpose::kFingerprint, [&](std::function<void()> done) {
          vault_.desk().Delete(TestCall("shop"), token,
                               [&deleted, done](absl::StatusOr<bool> result) {
                                 deleted = result;
                                 done();
                               });
        });
    EXPECT_EQ(moved.committed(), move_first);
    EXPECT_THAT(deleted, IsOk());
    EXPECT_TRUE(*deleted);
    EXPECT_TRUE(vault_.Rows(Table::kFingerprints).empty());
    EXPECT_EQ(vault_.Inconsistency(), "");
  }
}

TEST_F(ReencryptionRaceTest, APanReplacedWhileItsRowMovesLeavesTheRightRows) {
  const Token token = StoreOne();
  absl::StatusOr<TokenView> replaced = absl::UnknownError("");
  const CommitResult moved = Meet(true, KeyPurpose::kFingerprint, [&](std::function<void()> done) {
    vault_.tokenizer().ReplacePan(vault_.Replacement(token, kVisaTestPan2),
                                  [&replaced, done](absl::StatusOr<TokenView> result) {
                                    replaced = std::move(result);
                                    done();
                                  });
  });
  EXPECT_TRUE(moved.committed());
  ASSERT_THAT(replaced, IsOk());
  EXPECT_TRUE(HoldsPan(token, std::string(kVisaTestPan2)));
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);
}

// A change by its merchant and a new seal of the same record: neither undoes the other.
TEST_F(ReencryptionRaceTest, AChangedCardKeepsItsChangeAndItsMerchantIsNotRefused) {
  const Token token = StoreOne();
  uint32_t version = 2;
  for (const bool move_first : {true, false}) {
    const CardUpdate update{token, vault_.Get(token)->revision, TestExpiry(version, 2040), {}, {},
                            {}};
    absl::StatusOr<TokenView> updated = absl::UnknownError("");
    const CommitResult moved = Meet(move_first, KeyPurpose::kPan, [&](std::function<void()> done) {
      vault_.desk().Update(TestCall("shop"), update,
                           [&updated, done](absl::StatusOr<TokenView> result) {
                             updated = std::move(result);
                             done();
                           });
    });
    EXPECT_EQ(moved.committed(), move_first);
    ASSERT_THAT(updated, IsOk());
    EXPECT_EQ(vault_.Get(token)->profile.expiry, TestExpiry(version, 2040));
    EXPECT_EQ(RecordOf(token).pan().key_version(), 2u);
    EXPECT_TRUE(HoldsPan(token, std::string(kVisaTestPan)));
    vault_.RotateKeys(++version);
  }
}

// One row of a batch changes meanwhile: the others go, and it comes after.
TEST_F(ReencryptionRaceTest, ARowThatChangesHoldsUpNoOther) {
  const std::vector<Stored> cards = StoreCards(50);
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  job->Step();  // counts
  absl::BlockingCounter disabled(3);
  vault_.pipeline().HoldUntil(4);
  for (const int i : {7, 20, 33}) {
    vault_.desk().Disable(TestCall("shop"), cards[i].view.token,
                          [&](absl::StatusOr<TokenView>) { disabled.DecrementCount(); });
  }
  job->Step();
  disabled.Wait();
  EXPECT_EQ(job->GetProgress().done_count, 50u);
  RunToEnd(*job);
  EXPECT_EQ(MovedByLog(), 50u);
  for (const Stored& card : cards) {
    EXPECT_EQ(RecordOf(card.view.token).pan().key_version(), 2u);
  }
  EXPECT_EQ(vault_.Get(cards[20].view.token)->state, TokenState::kDisabled);
}

// What was sealed before a rotation and comes to its commit after it does not land.
TEST_F(ReencryptionRaceTest, AMoveToAnEarlierTargetDoesNotLand) {
  for (const KeyPurpose purpose :
       {KeyPurpose::kPan, KeyPurpose::kProfile, KeyPurpose::kFingerprint, KeyPurpose::kRowIndex}) {
    vault_.RotateKeys(1);
    const Token token = StoreOne();
    WriteSet set = MoveOfAll(purpose);
    vault_.RotateKeys(3);
    EXPECT_EQ(vault_.pipeline().SubmitAndWait(std::move(set)).kind,
              CommitResult::Kind::kSealedUnderStaleKey);
    ASSERT_THAT(vault_.Delete(token), IsOk());
  }
}

TEST_F(ReencryptionRaceTest, ACredentialMovedToAnEarlierTargetDoesNotLand) {
  WriteSet credential;
  ASSERT_THAT(CredentialRows::Replace(
                  **vault_.keyring().Snapshot(), *RouteName::Parse("shop-eur", "route"),
                  "api_secret", SecretBytes::CopyOf("secret"), vault_.clock().Now(), credential),
              IsOk());
  credential.leaves.push_back({.action = AuditAction::kCredentialSet});
  ASSERT_TRUE(vault_.pipeline().SubmitAndWait(std::move(credential)).committed());
  vault_.RotateKeys(2);
  WriteSet set = MoveOfAll(KeyPurpose::kRouteCredential);
  vault_.RotateKeys(3);
  EXPECT_EQ(vault_.pipeline().SubmitAndWait(std::move(set)).kind,
            CommitResult::Kind::kSealedUnderStaleKey);
}

// Nothing is sealed when an earlier token is answered or a PAN is refused, and yet MACs are
// written.
TEST_F(ReencryptionRaceTest, DigestsAndCountsMadeBeforeARotationDoNotLandAfterIt) {
  const std::vector<std::string> pans = PansSharingEnds(11);
  for (int i = 0; i < 10; ++i) {
    TokenizeInput input = vault_.Card(pans[i]);
    input.reuse = Reuse::kMerchant;
    ASSERT_THAT(vault_.Tokenize(std::move(input)), IsOk());
  }
  const size_t requests = vault_.Rows(Table::kIdempotency).size();
  TokenizeInput known = vault_.Card(pans[0]);
  known.reuse = Reuse::kMerchant;
  absl::BlockingCounter open(2);
  const auto done = [&open](absl::StatusOr<TokenizeOutput>) { open.DecrementCount(); };
  vault_.pipeline().HoldUntil(3);
  vault_.tokenizer().Tokenize(std::move(known), done);
  vault_.tokenizer().Tokenize(vault_.Card(pans[10]), done);  // ENUMERATION
  vault_.RotateKeys(2);
  WriteSet release;
  release.leaves.push_back({.action = AuditAction::kAdminRead});
  ASSERT_TRUE(vault_.pipeline().SubmitAndWait(std::move(release)).committed());
  open.Wait();

  std::map<uint32_t, size_t> digests;
  for (const KeyedRow& row : vault_.Rows(Table::kIdempotency)) {
    ++digests[DecodeRow<storage::v1::IdempotencyRecord>(row.row.value)->digest_key_version()];
  }
  EXPECT_EQ(digests[1], requests);
  EXPECT_EQ(digests[2], 1u);
  const auto seen =
      *DecodeRow<storage::v1::EnumerationRow>(vault_.Rows(Table::kEnumeration)[0].row.value);
  ASSERT_EQ(seen.refused_size(), 1);
  EXPECT_EQ(seen.refused(0).key_version(), 2u);
}

// Random calls of several threads, rotations and the job, all at once; at the end every card stands
// under the newest version alone, and none was lost or doubled.
TEST_F(ReencryptionRaceTest, RandomCallsBesideRotationsAndTheJob) {
  constexpr int kPhases = 4;
  std::vector<std::string> pans;
  for (int i = 0; i < 8; ++i) pans.push_back(generator_.Pan());
  absl::Mutex mutex;  // guards tokens
  std::vector<Token> tokens;
  std::atomic<bool> is_over = false;
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  std::thread worker([&] {
    size_t next = 0;
    const KeyPurpose purposes[] = {KeyPurpose::kPan, KeyPurpose::kFingerprint, KeyPurpose::kProfile,
                                   KeyPurpose::kRowIndex};
    while (!is_over) {
      EXPECT_THAT(job->Start(purposes[next++ % 4], Operator()), IsOk());
      RunToEnd(*job);
    }
  });
  for (uint32_t phase = 1; phase <= kPhases; ++phase) {
    vault_.RotateKeys(phase);
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        std::mt19937_64 random(generator_.seed() + 100 * phase + t);
        for (int i = 0; i < 80; ++i) {
          std::optional<Token> token;
          {
            absl::MutexLock lock(&mutex);
            if (!tokens.empty()) token = tokens[random() % tokens.size()];
          }
          const std::string& pan = pans[random() % pans.size()];
          const RequestId id = TestRequest(absl::StrCat("p", phase, "t", t, "i", i));
          const uint64_t action = random() % 10;
          if (action < 5 || !token.has_value()) {
            TokenizeInput input{.call = TestCall("shop"),
                                .request_id = id,
                                .pan = *Pan::Parse(pan),
                                .expiry = TestExpiry(1 + random() % 12, 2035),
                                .cardholder_name = "",
                                .customer = TestCustomer(absl::StrCat("c", random() % 3)),
                                .labels = {},
                                .retention = std::nullopt,
                                .single_use = random() % 5 == 0,
                                .reuse = static_cast<Reuse>(1 + random() % 3)};
            const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(input));
            EXPECT_THAT(output, IsOk());
            if (!output.ok()) continue;
            absl::MutexLock lock(&mutex);
            tokens.push_back(output->view.token);
          } else if (action < 7) {
            EXPECT_THAT(vault_.Delete(*token), IsOk());
          } else if (action < 9) {
            ReplacePanInput input{.call = TestCall("shop"),
                                  .request_id = id,
                                  .token = *token,
                                  .revision = 0,
                                  .pan = *Pan::Parse(pan),
                                  .expiry = TestExpiry(1 + random() % 12, 2040),
                                  .cardholder_name = std::nullopt};
            const absl::Status replaced = vault_.ReplacePan(std::move(input)).status();
            EXPECT_TRUE(replaced.ok() || absl::IsNotFound(replaced));
          } else {
            const absl::Status disabled = vault_.Disable(*token).status();
            EXPECT_TRUE(disabled.ok() || absl::IsNotFound(disabled));
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  is_over = true;
  worker.join();
  for (const KeyPurpose purpose :
       {KeyPurpose::kPan, KeyPurpose::kProfile, KeyPurpose::kFingerprint, KeyPurpose::kRowIndex}) {
    Reencrypt(purpose);
    for (uint32_t version = 1; version < kPhases; ++version) {
      SetState(purpose, version, KeyState::kDestroyed);
    }
  }

  // Model: the tokens that are there, by fingerprint; one fingerprint stands for one PAN.
  ASSERT_EQ(vault_.Inconsistency(), "");
  std::map<std::string, std::string> pan_of;
  for (const Token& token : tokens) {
    const absl::StatusOr<TokenView> view = vault_.Get(token);
    if (absl::IsNotFound(view.status())) continue;
    ASSERT_THAT(view, IsOk());
    int matches = 0;
    for (const std::string& pan : pans) {
      if (!HoldsPan(token, pan)) continue;
      ++matches;
      EXPECT_EQ(pan_of.emplace(view->fingerprint, pan).first->second, pan);
    }
    EXPECT_EQ(matches, 1);
  }
  for (const auto& [fingerprint, pan] : pan_of) {
    EXPECT_EQ(vault_.Tokenize(vault_.Card(pan))->view.fingerprint, fingerprint);
  }
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), pan_of.size());
}

}  // namespace
}  // namespace cardvault
