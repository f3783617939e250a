#include "forwarder/ledger/payment_ledger.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "forwarder/ledger/payment_state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

using storage::v1::PaymentRecord;

class PaymentLedgerTest : public ::testing::Test {
 protected:
  // Writes a set past the pipeline.
  void Write(const WriteSet& set, uint64_t revision) {
    for (const WriteSet::Delete& row : set.deletes) engine_.Remove(row.table, row.key);
    for (const WriteSet::Put& row : set.puts) {
      engine_.Plant(row.table, row.key, row.value, revision);
    }
  }

  static StoredPayment Payment(const char* id, PaymentState state) {
    StoredPayment payment;
    payment.row_key = PaymentLedger::NewRowKey();
    payment.record.set_merchant("shop");
    payment.record.set_payment_id(id);
    payment.record.set_state(static_cast<uint32_t>(state));
    return payment;
  }

  void Store(const StoredPayment& payment, uint64_t revision) {
    WriteSet set;
    PaymentLedger::Put(payment, set);
    Write(set, revision);
  }

  FakeEngine engine_;
  const PaymentLedger ledger_{engine_};
};

TEST_F(PaymentLedgerTest, ReadAnswersWhatWasPut) {
  const StoredPayment payment = Payment("p-1", PaymentState::kPending);
  EXPECT_EQ(payment.row_key.size(), kPaymentRowKeySize);
  Store(payment, 7);
  const auto found = ledger_.Read(payment.row_key);
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->record.payment_id(), "p-1");
  EXPECT_EQ((*found)->revision, 7u);
  EXPECT_EQ((*found)->row_key, payment.row_key);
  const auto absent = ledger_.Read(PaymentLedger::NewRowKey());
  ASSERT_THAT(absent, IsOk());
  EXPECT_FALSE(absent->has_value());
}

TEST_F(PaymentLedgerTest, RowKeysHoldNothingOfTheCallers) {
  Store(Payment("p-1", PaymentState::kPending), 7);
  const auto rows = engine_.Scan(Table::kPayments, "", "", 10);
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ(rows->size(), 2u);
  for (const KeyedRow& row : *rows) {
    EXPECT_FALSE(absl::StrContains(row.key, "p-1"));
    EXPECT_FALSE(absl::StrContains(row.key, "shop"));
    EXPECT_EQ(row.key.size(), 33u);
  }
}

TEST_F(PaymentLedgerTest, OpenRowsFollowTheState) {
  StoredPayment payment = Payment("p-1", PaymentState::kPending);
  for (uint32_t i = 1; i <= kLastPaymentState; ++i) {
    const auto state = static_cast<PaymentState>(i);
    payment.record.set_state(i);
    payment.record.set_awaiting_answer(state == PaymentState::kPending);
    payment.record.set_update_micros(5);
    Store(payment, i);
    const auto open = ledger_.ScanOpen("", 10);
    ASSERT_THAT(open, IsOk());
    ASSERT_EQ(open->size(), IsOpen(state) ? 1u : 0u) << PaymentStateName(state);
    if (open->empty()) continue;
    EXPECT_EQ(open->front().row_key, payment.row_key);
    EXPECT_EQ(open->front().row.state(), i);
    EXPECT_EQ(open->front().row.awaiting_answer(), state == PaymentState::kPending);
    EXPECT_EQ(open->front().row.update_micros(), 5);
  }
}

// Else a restart would leave it waiting for ever.
TEST_F(PaymentLedgerTest, EndedPaymentIsListedWhileItsAnswerIsAwaited) {
  StoredPayment payment = Payment("p-1", PaymentState::kApproved);
  payment.record.set_awaiting_answer(true);
  Store(payment, 1);
  const auto open = ledger_.ScanOpen("", 10);
  ASSERT_THAT(open, IsOk());
  ASSERT_EQ(open->size(), 1u);
  EXPECT_TRUE(open->front().row.awaiting_answer());
  payment.record.set_awaiting_answer(false);
  Store(payment, 2);
  EXPECT_EQ(ledger_.ScanOpen("", 10)->size(), 0u);
}

TEST_F(PaymentLedgerTest, ScanOpenPages) {
  for (int i = 0; i < 25; ++i) {
    Store(Payment(absl::StrCat("p-", i).c_str(), PaymentState::kInDoubt), 1);
  }
  std::vector<std::string> seen;
  std::string after;
  while (true) {
    const auto page = ledger_.ScanOpen(after, 10);
    ASSERT_THAT(page, IsOk());
    if (page->empty()) break;
    EXPECT_LE(page->size(), 10u);
    for (const auto& payment : *page) seen.push_back(payment.row_key);
    after = seen.back();
  }
  EXPECT_EQ(seen.size(), 25u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(PaymentLedgerTest, ScanTokenFindsTheTokensPaymentsAlone) {
  std::array<char, Token::kBinarySize> bytes{};
  const Token token = Token::FromBinary(VaultMode::kSandbox, bytes);
  bytes[20] = 1;
  const Token neighbour = Token::FromBinary(VaultMode::kSandbox, bytes);
  bytes[20] = 2;
  const Token stranger = Token::FromBinary(VaultMode::kSandbox, bytes);
  WriteSet set;
  const StoredPayment first = Payment("p-1", PaymentState::kPending);
  const StoredPayment second = Payment("p-2", PaymentState::kPending);
  PaymentLedger::PutTokenRow(token, first, absl::FromUnixSeconds(10), set);
  PaymentLedger::PutTokenRow(neighbour, second, absl::FromUnixSeconds(20), set);
  Write(set, 1);
  const auto payments = ledger_.ScanToken(token, "", 10);
  ASSERT_THAT(payments, IsOk());
  ASSERT_EQ(payments->size(), 1u);
  EXPECT_EQ(payments->front(), first.row_key);
  EXPECT_THAT(ledger_.LastAttempt(token), IsOkAndHolds(testing::Eq(1u)));
  EXPECT_THAT(ledger_.LastAttempt(stranger), IsOkAndHolds(testing::Eq(0u)));
}

TEST_F(PaymentLedgerTest, DamagedRowsAreDataLoss) {
  const StoredPayment payment = Payment("p-1", PaymentState::kPending);
  const std::string key = absl::StrCat("p", payment.row_key);
  const auto find = [&] { return ledger_.Read(payment.row_key); };
  const auto is_data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);

  engine_.Plant(Table::kPayments, key, "\xff\xff", 1);
  EXPECT_THAT(find(), is_data_loss);

  PaymentRecord record = payment.record;  // no format version
  engine_.Plant(Table::kPayments, key, record.SerializeAsString(), 1);
  EXPECT_THAT(find(), is_data_loss);
  record.set_format_version(2);
  engine_.Plant(Table::kPayments, key, record.SerializeAsString(), 1);
  EXPECT_THAT(find(), is_data_loss);

  record.set_format_version(1);
  record.set_state(11);
  engine_.Plant(Table::kPayments, key, record.SerializeAsString(), 1);
  EXPECT_THAT(find(), is_data_loss);

  engine_.Plant(Table::kPayments, "o-short", "", 1);
  EXPECT_THAT(ledger_.ScanOpen("", 10), is_data_loss);
}

TEST_F(PaymentLedgerTest, AuditReferenceIsMadeOfTheRowKey) {
  EXPECT_EQ(PaymentAuditReference(std::string(32, '\0')), "pay_aaaaaaaaaaaaaaaaaaaaaaaaaa");
}

}  // namespace
}  // namespace cardvault
