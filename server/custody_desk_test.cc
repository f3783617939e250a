#include "server/custody_desk.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "keys/custody/testing/test_custody.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/keyring_row_store.h"

namespace cardvault {
namespace {

// An engine with a commit that is lost and comes up later, when the engine is mended.
class LateEngine final : public Engine {
 public:
  // The next commit fails; in its place this row is there once the engine is mended.
  void LoseCommitFor(Table table, std::string key, std::string value, uint64_t revision) {
    late_ = [=, this] { rows_.Plant(table, key, value, revision); };
    loses_ = true;
  }
  size_t entry_count() const { return rows_.RowCount(Table::kAuditLeaves); }

  absl::StatusOr<std::optional<Row>> Get(Table table, absl::string_view key) const override {
    return rows_.Get(table, key);
  }
  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    return rows_.Scan(table, first_key, end_key, max_rows);
  }
  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    return rows_.Last(table);
  }
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const override {
    return rows_.TakeSnapshot();
  }
  std::unique_ptr<EngineBatch> NewBatch() override {
    if (std::exchange(loses_, false)) return std::make_unique<LostBatch>();
    return rows_.NewBatch();
  }
  absl::Status Settle() override {
    if (late_) std::exchange(late_, nullptr)();
    return absl::OkStatus();
  }

 private:
  class LostBatch final : public EngineBatch {
   public:
    absl::StatusOr<std::optional<size_t>> FirstBroken(const std::vector<Precondition>&) override {
      return std::nullopt;
    }
    void Put(Table, absl::string_view, absl::string_view, uint64_t) override {}
    void Delete(Table, absl::string_view) override {}
    absl::Status Commit() override {
      return Unavailable(ErrorReason::kAuditUnavailable, "the medium did not answer");
    }
  };

  FakeEngine rows_;
  bool loses_ = false;
  std::function<void()> late_;
};

class CustodyDeskTest : public ::testing::Test {
 protected:
  CustodyDeskTest() {
    pipeline_ = *CommitPipeline::Start(engine_, holder_, clock_, {});
    keyring_store_ = std::make_unique<KeyringRowStore>(engine_, *pipeline_);
    keyring_ = std::make_unique<KeyringManager>(*keyring_store_, holder_, clock_,
                                                KeyringManager::Options());
    WriteSet set = CustodySet(first_.made.record, std::nullopt);
    set.leaves.push_back(AuditLeaf{AuditAction::kCustodyCreated});
    EXPECT_THAT(pipeline_->SubmitAndWait(std::move(set)).status, IsOk());
    EXPECT_THAT(keyring_->Create(vault_id_, *first_.made.kek), IsOk());
    const StoredCustody stored = **ReadCustody(engine_);
    revision_ = stored.revision;
    desk_ = std::make_unique<CustodyDesk>(
        CustodyParts{engine_, *pipeline_, *keyring_, seal_, serving_, clock_, vault_id_, [] {}},
        stored);
    operator_.identity = *ParseIdentity("spiffe://test.example/operator/ann");
    operator_.origin = {operator_.identity.uri, "operator", "127.0.0.1:9"};
  }

  std::string Propose() {
    admin::v1::ProposeCustodyRequest request;
    request.set_threshold(2);
    for (const NewCustodian& custodian : Asked(TestCustodians(2))) {
      admin::v1::NewCustodian& asked = *request.add_custodians();
      asked.set_identity(custodian.identity);
      asked.set_certificate(custodian.certificate_pem);
    }
    const auto response = desk_->Propose(operator_, request);
    EXPECT_THAT(response, IsOk());
    return response->proposed().kek_id();
  }
  absl::Status Withdraw(const std::string& kek_id) {
    admin::v1::WithdrawCustodyRequest request;
    request.set_kek_id(kek_id);
    return desk_->Withdraw(operator_, request).status();
  }
  // The record that an activation puts, as far as it matters here.
  std::string RecordOf(const std::string& kek_id) const {
    CustodyRecord record = first_.made.record;
    record.kek_id = absl::HexStringToBytes(kek_id);
    return SerializeCustodyRecord(record);
  }

  LateEngine engine_;
  FakeClock clock_;
  KeyringHolder holder_;
  const VaultId vault_id_ = *VaultId::Parse("vault-1", "vault_id");
  const TestCustody first_{2, 2};
  std::unique_ptr<CommitPipeline> pipeline_;
  std::unique_ptr<KeyringRowStore> keyring_store_;
  std::unique_ptr<KeyringManager> keyring_;
  Rooms rooms_;
  ServingState serving_{Restrictions()};
  VaultSeal seal_{rooms_, serving_};
  uint64_t revision_ = 0;
  std::unique_ptr<CustodyDesk> desk_;
  Caller operator_;
};

auto IsInForce() { return StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kPolicy); }

TEST_F(CustodyDeskTest, WithdrawsWhatIsProposedAlone) {
  const std::string kek_id = Propose();
  const size_t before = engine_.entry_count();
  const auto not_proposed =
      StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
  EXPECT_THAT(Withdraw(std::string(32, '0')), not_proposed);
  EXPECT_THAT(Withdraw(""), not_proposed);
  EXPECT_THAT(Withdraw(absl::BytesToHexString(first_.made.record.kek_id)), IsInForce());
  EXPECT_EQ(engine_.entry_count(), before);
  EXPECT_THAT(Withdraw(kek_id), IsOk());
  EXPECT_THAT(Withdraw(kek_id), IsOk());
  EXPECT_EQ(engine_.entry_count(), before + 1);
}

// An activation that was answered UNAVAILABLE comes up before the very entry of the withdrawal: who
// hears OK then destroys the shares of the KEK in force.
TEST_F(CustodyDeskTest, AKekThatComesIntoForceMeanwhileIsNotWithdrawn) {
  const std::string kek_id = Propose();
  engine_.LoseCommitFor(Table::kKeys, "custody", RecordOf(kek_id), revision_ + 100);
  WriteSet lost;
  lost.leaves.push_back(AuditLeaf{AuditAction::kCustodyReplaced});
  ASSERT_FALSE(pipeline_->SubmitAndWait(std::move(lost)).status.ok());
  const size_t before = engine_.entry_count();
  EXPECT_THAT(Withdraw(kek_id), IsInForce());
  EXPECT_EQ(engine_.entry_count(), before);
  EXPECT_THAT(Withdraw(kek_id), IsInForce());
}

TEST_F(CustodyDeskTest, AWithdrawalThatCannotBeToldOfIsNotMade) {
  const std::string kek_id = Propose();
  engine_.LoseCommitFor(Table::kPolicy, "nothing", "", 1);
  EXPECT_THAT(Withdraw(kek_id),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_THAT(Withdraw(kek_id), IsOk());
}

}  // namespace
}  // namespace cardvault
