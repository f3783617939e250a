// What was stored under an earlier version of the row-index key is there under the next one, before
// anything is moved and while some of it is.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "card/test_pans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"
#include "tokenizer/tokenizer.h"
#include "vault/row_keys.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RowIndexRotationTest : public ::testing::Test {
 protected:
  ~RowIndexRotationTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  TokenizeInput OfCustomer(absl::string_view pan, absl::string_view customer = "c1") {
    TokenizeInput input = vault_.Card(pan);
    input.customer = TestCustomer(customer);
    input.reuse = Reuse::kCustomer;
    return input;
  }

  TokenizeOutput Make(TokenizeInput input) {
    absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(input));
    EXPECT_THAT(output, IsOk());
    return *std::move(output);
  }

  // The versions under which the rows of a table stand that have a row key behind `kind`.
  std::vector<uint32_t> VersionsOf(Table table, const std::string& kind) {
    std::vector<uint32_t> versions;
    for (const KeyedRow& row : vault_.Rows(table)) {
      if (row.key.compare(0, kind.size(), kind) != 0) continue;
      versions.push_back(*RowKeyVersion(row.key, kind.size()));
    }
    return versions;
  }

  std::vector<std::string> TokensOf(const TokenFilter& filter, size_t page_size) {
    const auto all = vault_.ListAll(filter, page_size);
    EXPECT_THAT(all, IsOk());
    std::vector<std::string> tokens;
    for (const TokenView& view : *all) tokens.push_back(view.token.text());
    return tokens;
  }

  // Begins `call`, rotates to version 2 when its set waits for its commit, and lets it go on.
  void RotateUnder(const std::function<void(std::function<void()> done)>& call) {
    absl::BlockingCounter open(1);
    vault_.pipeline().HoldUntil(2);
    call([&open] { open.DecrementCount(); });
    vault_.RotateKeys(2);
    WriteSet release;
    release.leaves.push_back({.action = AuditAction::kAdminRead});
    ASSERT_TRUE(vault_.pipeline().SubmitAndWait(std::move(release)).committed());
    open.Wait();
  }

  TestVault vault_;
};

TEST_F(RowIndexRotationTest, ARequestIsKnownAgain) {
  TokenizeInput first = vault_.Card(kVisaTestPan);
  first.request_id = TestRequest("once");
  first.reuse = Reuse::kNone;
  const Token token = Make(std::move(first)).view.token;
  for (uint32_t version = 2; version <= 3; ++version) {
    vault_.RotateKeys(version);
    TokenizeInput again = vault_.Card(kVisaTestPan);
    again.request_id = TestRequest("once");
    again.reuse = Reuse::kNone;
    const TokenizeOutput replayed = Make(std::move(again));
    EXPECT_EQ(replayed.view.token, token);
    EXPECT_EQ(replayed.disposition, Disposition::kCreated);
    TokenizeInput other = vault_.Card(kVisaTestPan2);
    other.request_id = TestRequest("once");
    EXPECT_THAT(vault_.Tokenize(std::move(other)),
                StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused));
  }
  EXPECT_THAT(VersionsOf(Table::kIdempotency, ""), ElementsAre(1));
}

TEST_F(RowIndexRotationTest, ARequestIdThatIsFreeAgainStandsUnderTheNewVersionAlone) {
  TokenizeInput first = vault_.Card(kVisaTestPan);
  first.request_id = TestRequest("once");
  Make(std::move(first));
  vault_.RotateKeys(2);
  vault_.clock().Advance(vault_.options().idempotency_window + absl::Seconds(1));
  TokenizeInput other = vault_.Card(kVisaTestPan2);
  other.request_id = TestRequest("once");
  Make(std::move(other));
  EXPECT_THAT(VersionsOf(Table::kIdempotency, ""), ElementsAre(2));
}

TEST_F(RowIndexRotationTest, CountsOfAGuesserGoOn) {
  const std::vector<std::string> pans = PansSharingEnds(12);
  for (int i = 0; i < 9; ++i) Make(vault_.Card(pans[i]));
  vault_.RotateKeys(2);
  Make(vault_.Card(pans[0]));  // counted already: nothing is written
  EXPECT_THAT(VersionsOf(Table::kEnumeration, ""), ElementsAre(1));
  Make(vault_.Card(pans[9]));
  EXPECT_THAT(VersionsOf(Table::kEnumeration, ""), ElementsAre(2));
  vault_.RotateKeys(3);
  EXPECT_THAT(vault_.Tokenize(vault_.Card(pans[10])),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kEnumeration));
  EXPECT_THAT(VersionsOf(Table::kEnumeration, ""), ElementsAre(3));
}

TEST_F(RowIndexRotationTest, ACustomersCardIsFoundUnderEveryVersion) {
  const Token token = Make(OfCustomer(kVisaTestPan)).view.token;
  for (uint32_t version = 2; version <= 4; ++version) {
    vault_.RotateKeys(version);
    const TokenizeOutput found = Make(OfCustomer(kVisaTestPan));
    EXPECT_EQ(found.view.token, token);
    EXPECT_EQ(found.disposition, Disposition::kExisting);
  }
  EXPECT_THAT(VersionsOf(Table::kTokenIndex, "r"), ElementsAre(1));
}

TEST_F(RowIndexRotationTest, AFreeSlotIsTakenUnderTheNewVersionAlone) {
  TokenizeInput input = OfCustomer(kVisaTestPan);
  input.retention = absl::Hours(1);
  const Token gone = Make(std::move(input)).view.token;
  vault_.RotateKeys(2);
  vault_.clock().Advance(absl::Hours(2));  // and no sweep yet
  const Token token = Make(OfCustomer(kVisaTestPan)).view.token;
  EXPECT_FALSE(token == gone);
  EXPECT_THAT(VersionsOf(Table::kTokenIndex, "r"), ElementsAre(2));
  EXPECT_EQ(Make(OfCustomer(kVisaTestPan)).view.token, token);
}

TEST_F(RowIndexRotationTest, WhatIsDeletedLeavesNoRowUnderAnyVersion) {
  const Token token = Make(OfCustomer(kVisaTestPan)).view.token;
  vault_.RotateKeys(3);
  ASSERT_THAT(vault_.Delete(token), IsOk());
  EXPECT_THAT(vault_.Rows(Table::kTokenIndex), IsEmpty());
}

TEST_F(RowIndexRotationTest, ListingsSpanTheVersionsInOrder) {
  std::vector<std::string> expected;
  for (uint32_t i = 1; i <= 9; ++i) {
    vault_.clock().Advance(absl::Seconds(1));
    TokenizeInput input = OfCustomer(kVisaTestPan);
    input.reuse = Reuse::kNone;
    expected.insert(expected.begin(), Make(std::move(input)).view.token.text());
    if (i % 3 == 0) vault_.RotateKeys(1 + i / 3);
  }
  TokenFilter of_customer;
  of_customer.customer = TestCustomer("c1");
  TokenFilter of_card;
  of_card.fingerprint = vault_.ListAll({}, 1)->front().fingerprint;
  for (const size_t page_size : {1, 2, 4, 50}) {
    EXPECT_EQ(TokensOf({}, page_size), expected);
    EXPECT_EQ(TokensOf(of_customer, page_size), expected);
    EXPECT_EQ(TokensOf(of_card, page_size), expected);
  }
}

// Its rows would be where those who come after the rotation have looked already.
TEST_F(RowIndexRotationTest, ACardThatWasDecidedBeforeARotationStandsUnderTheNewVersion) {
  absl::StatusOr<TokenizeOutput> output = absl::UnknownError("");
  RotateUnder([&](std::function<void()> done) {
    vault_.tokenizer().Tokenize(OfCustomer(kVisaTestPan),
                                [&output, done](absl::StatusOr<TokenizeOutput> result) {
                                  output = std::move(result);
                                  done();
                                });
  });
  EXPECT_THAT(output, IsOk());
  for (const char* kind : {"m", "c", "r"}) {
    EXPECT_THAT(VersionsOf(Table::kTokenIndex, kind), ElementsAre(2)) << kind;
  }
  EXPECT_THAT(VersionsOf(Table::kIdempotency, ""), ElementsAre(2));
  EXPECT_THAT(VersionsOf(Table::kEnumeration, ""), ElementsAre(2));
}

TEST_F(RowIndexRotationTest, ADeletionThatWasDecidedBeforeARotationIsDecidedAgain) {
  const Token token = Make(OfCustomer(kVisaTestPan)).view.token;
  const uint64_t entries = vault_.pipeline().audit_entry_count();
  absl::StatusOr<bool> deleted = false;
  RotateUnder([&](std::function<void()> done) {
    vault_.desk().Delete(TestCall("shop"), token, [&deleted, done](absl::StatusOr<bool> result) {
      deleted = result;
      done();
    });
  });
  EXPECT_THAT(deleted, IsOk());
  // The release came first: the set before it was refused.
  EXPECT_EQ(vault_.Leaves(entries).front().action, AuditAction::kAdminRead);
  EXPECT_THAT(vault_.Rows(Table::kTokenIndex), IsEmpty());
}

}  // namespace
}  // namespace cardvault
