// A record that was changed on disk, or moved to another row, is DATA_LOSS with an audit entry:
// never wrong data. Promise 6.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "card/test_pans.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/vault_process.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

class DamagedRecordTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(vault_.Start()) << vault_.output(); }

  std::string Tokenize(absl::string_view number, const std::string& id) {
    v1::TokenizeRequest request;
    request.set_request_id(id);
    request.mutable_card()->set_number(std::string(number));
    request.mutable_card()->set_expiry_month(12);
    request.mutable_card()->set_expiry_year(2035);
    Call call;
    v1::TokenizeResponse response;
    EXPECT_TRUE(vault_.Ingest()->Tokenize(call, request, &response).ok());
    return response.token().token();
  }

  static storage::v1::CardRecord Read(RocksDbEngine& engine, const std::string& token) {
    absl::StatusOr<std::optional<Row>> row =
        engine.Get(Table::kRecords, Token::Parse(token)->binary());
    storage::v1::CardRecord record;
    EXPECT_TRUE(row.ok() && row->has_value() && record.ParseFromString((*row)->value));
    return record;
  }

  static void Write(RocksDbEngine& engine, const std::string& token,
                    const storage::v1::CardRecord& record) {
    const std::unique_ptr<EngineBatch> batch = engine.NewBatch();
    batch->Put(Table::kRecords, Token::Parse(token)->binary(), record.SerializeAsString(), 1);
    ASSERT_TRUE(batch->Commit().ok());
  }

  std::unique_ptr<RocksDbEngine> OpenStopped() {
    EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
    RocksDbOptions options;
    options.path = vault_.data_directory();
    return *OpenRocksDbEngine(options);
  }

  void ExpectDataLoss(const std::string& token) {
    Call call;
    v1::GetTokenRequest request;
    request.set_token(token);
    v1::GetTokenResponse response;
    EXPECT_EQ(vault_.Tokens()->GetToken(call, request, &response).error_code(),
              grpc::StatusCode::DATA_LOSS);
    EXPECT_EQ(call.reason(), "RECORD_CORRUPT");
  }

  void ExpectLogged(const std::string& token) {
    ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
    int told = 0;
    for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
      if (entry.leaf.action != AuditAction::kRecordCorrupt || entry.leaf.object != token) continue;
      EXPECT_EQ(entry.leaf.outcome, AuditOutcome::kFailed);
      EXPECT_EQ(entry.leaf.reason, ErrorReason::kRecordCorrupt);
      ++told;
    }
    EXPECT_EQ(told, 1);
  }

  VaultProcess vault_;
};

TEST_F(DamagedRecordTest, AFlippedBitIsDataLoss) {
  const std::string token = Tokenize(kVisaTestPan, "flip");
  {
    const auto engine = OpenStopped();
    storage::v1::CardRecord record = Read(*engine, token);
    (*record.mutable_profile()->mutable_sealed())[14] ^= 1;
    Write(*engine, token, record);
  }
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  ExpectDataLoss(token);
  ExpectLogged(token);
}

// G4
TEST_F(DamagedRecordTest, AFieldOfAnotherRowIsDataLoss) {
  const std::string token = Tokenize(kVisaTestPan, "moved-1");
  const std::string other = Tokenize(kMastercardTestPan, "moved-2");
  {
    const auto engine = OpenStopped();
    storage::v1::CardRecord record = Read(*engine, token);
    *record.mutable_profile() = Read(*engine, other).profile();
    Write(*engine, token, record);
  }
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  ExpectDataLoss(token);
  Call call;  // the other row is as it was
  v1::GetTokenRequest request;
  request.set_token(other);
  v1::GetTokenResponse response;
  EXPECT_TRUE(vault_.Tokens()->GetToken(call, request, &response).ok());
  ExpectLogged(token);
}

}  // namespace
}  // namespace cardvault::testing
