// What PayIn refuses before anything is committed: nothing is sent and the id stays free.

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/civil_time.h"
#include "base/status.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;
using storage::v1::PaymentRecord;

class PaymentsRefusalTest : public ::testing::Test {
 protected:
  PaymentRequest Input(const std::string& route = "cards-h2h") {
    return world_.Input(token_, "pay-1", route);
  }

  // Expects a refusal that leaves no trace of this room's.
  void ExpectRefused(PaymentRequest input, absl::StatusCode code, ErrorReason reason,
                     absl::string_view field = "") {
    const size_t entries = world_.Entries().size();
    const auto result = world_.PayIn(std::move(input));
    EXPECT_THAT(result, StatusIs(code, reason));
    EXPECT_EQ(FieldOf(result.status()), field);
    EXPECT_EQ(world_.Entries().size(), entries);
    EXPECT_EQ(world_.store.RowCount(Table::kPayments), 0u);
    EXPECT_EQ(world_.outbound.send_count(), 0);
    EXPECT_EQ(world_.payments->in_flight_count(), 0);
  }

  void ExpectFieldRefused(std::function<void(PaymentRequest&)> change, ErrorReason reason,
                          absl::string_view field, const std::string& route = "cards-h2h") {
    SCOPED_TRACE(std::string(field));
    PaymentRequest input = Input(route);
    change(input);
    ExpectRefused(std::move(input), absl::StatusCode::kInvalidArgument, reason, field);
  }

  PaymentWorld world_;
  const Token token_ = world_.AddCard();
};

// Promise 8: forged, foreign, unknown, deleted and another mode's token get one answer.
TEST_F(PaymentsRefusalTest, TokensThatAreNotTheMerchantsAreNotFound) {
  const auto not_found = [&](const Token& token) {
    PaymentRequest input = Input();
    input.token = token;
    ExpectRefused(std::move(input), absl::StatusCode::kNotFound, ErrorReason::kTokenNotFound);
  };
  std::array<char, Token::kBinarySize> bytes;
  std::copy(token_.binary().begin(), token_.binary().end(), bytes.begin());
  not_found(Token::FromBinary(VaultMode::kProduction, bytes));
  bytes[5] ^= 1;  // the MAC is no longer right
  not_found(Token::FromBinary(VaultMode::kSandbox, bytes));
  PaymentWorld::CardOptions options;
  options.merchant = "other";
  not_found(world_.AddCard(options));
  options = {};
  options.state = CardRecord::STATE_DELETED;
  not_found(world_.AddCard(options));
  const Token gone = world_.AddCard();
  world_.store.Remove(Table::kRecords, gone.binary());
  not_found(gone);
}

TEST_F(PaymentsRefusalTest, ForgedTokenIsRefusedBeforeTheStoreIsRead) {
  std::array<char, Token::kBinarySize> bytes;
  std::copy(token_.binary().begin(), token_.binary().end(), bytes.begin());
  bytes[5] ^= 1;
  PaymentRequest input = Input();
  input.token = Token::FromBinary(VaultMode::kSandbox, bytes);
  world_.engine.FailRead(1);
  EXPECT_THAT(world_.PayIn(std::move(input)),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kTokenNotFound));
  EXPECT_THAT(world_.Get("pay-1"), StatusIs(absl::StatusCode::kDataLoss));  // still armed
}

TEST_F(PaymentsRefusalTest, DisabledAndUsedTokens) {
  world_.ChangeCard(token_, CardRecord::STATE_DISABLED);
  ExpectRefused(Input(), absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenDisabled);
  world_.ChangeCard(token_, CardRecord::STATE_USED);
  ExpectRefused(Input(), absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenUsed);
}

TEST_F(PaymentsRefusalTest, CardExpiresAtTheEndOfItsMonthInUtcMinus12) {
  PaymentWorld::CardOptions options;
  options.expiry_month = 1;
  options.expiry_year = 2030;
  PaymentRequest input = Input();
  input.token = world_.AddCard(options);
  const absl::Time end =
      absl::FromCivil(absl::CivilMonth(2030, 2), absl::FixedTimeZone(-12 * 60 * 60));
  world_.clock.SetNow(end);
  ExpectRefused(input, absl::StatusCode::kFailedPrecondition, ErrorReason::kCardExpired);
  world_.clock.SetNow(end - absl::Seconds(1));
  EXPECT_THAT(world_.PayIn(std::move(input)), IsOk());
}

TEST_F(PaymentsRefusalTest, DamagedProfileIsDataLoss) {
  CardRecord record = world_.CardOf(token_);
  (*record.mutable_profile()->mutable_sealed())[20] ^= 1;
  world_.store.Plant(Table::kRecords, token_.binary(), record.SerializeAsString(), 9);
  ExpectRefused(Input(), absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
}

TEST_F(PaymentsRefusalTest, RoutesThatAreNotTheMerchants) {
  const auto route = [](const char* name) { return *RouteName::Parse(name, "route"); };
  ExpectFieldRefused([&](PaymentRequest& i) { i.route = route("nowhere"); },
                     ErrorReason::kRouteUnknown, "route");
  std::string document = world_.routes->All()[0].route->document;
  document.replace(document.find("[shop]"), 6, "[other, third]");
  ASSERT_THAT(world_.routes->Apply(document, false, {}), IsOk());
  ExpectFieldRefused([](PaymentRequest&) {}, ErrorReason::kRouteUnknown, "route");
}

TEST_F(PaymentsRefusalTest, OptionsOfAnotherConnector) {
  ExpectFieldRefused([](PaymentRequest& i) { i.wanted_connector = "praxis"; },
                     ErrorReason::kFieldInvalid, "upstream");
}

TEST_F(PaymentsRefusalTest, CurrenciesAndAmounts) {
  for (const char* currency : {"GBP", "JPY", "usd", "", "XXX"}) {
    ExpectFieldRefused([&](PaymentRequest& i) { i.currency = currency; },
                       ErrorReason::kCurrencyUnsupported, "currency");
  }
  for (const int64_t amount : {int64_t{0}, int64_t{-1}}) {
    ExpectFieldRefused([&](PaymentRequest& i) { i.amount = amount; }, ErrorReason::kAmountInvalid,
                       "amount");
  }
  ExpectFieldRefused(
      [](PaymentRequest& i) {
        i.currency = "BHD";
        i.amount = 10500;
      },
      ErrorReason::kAmountInvalid, "amount", "cards-praxis");
}

TEST_F(PaymentsRefusalTest, UrlsAreHttps) {
  ExpectFieldRefused([](PaymentRequest& i) { i.urls.notification_url = "http://m.example/n"; },
                     ErrorReason::kFieldInvalid, "urls.notification_url");
  ExpectFieldRefused([](PaymentRequest& i) { i.urls.return_success_url = "ftp://m.example/"; },
                     ErrorReason::kFieldInvalid, "urls.return_success_url");
  ExpectFieldRefused([](PaymentRequest& i) { i.urls.return_decline_url = "m.example"; },
                     ErrorReason::kFieldInvalid, "urls.return_decline_url");
}

TEST_F(PaymentsRefusalTest, FieldsThatTheUpstreamNeeds) {
  ExpectFieldRefused([](PaymentRequest& i) { i.customer.email = ""; }, ErrorReason::kFieldMissing,
                     "customer.email");
  ExpectFieldRefused([](PaymentRequest& i) { i.customer.country = ""; }, ErrorReason::kFieldMissing,
                     "customer.country", "cards-praxis");
}

TEST_F(PaymentsRefusalTest, CvvWhereTheRouteRequiresIt) {
  ExpectRefused(Input("cards-praxis"), absl::StatusCode::kFailedPrecondition,
                ErrorReason::kCvvRequired);
  world_.DepositCvv(token_);
  world_.clock.Advance(kDefaultCvvLife + absl::Seconds(1));
  ExpectRefused(Input("cards-praxis"), absl::StatusCode::kFailedPrecondition,
                ErrorReason::kCvvExpired);
  PaymentRequest named = Input("cards-praxis");
  world_.DepositCvv(token_);
  named.cvv_id = "cvv_of_nobody";
  ExpectRefused(std::move(named), absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired);
}

TEST_F(PaymentsRefusalTest, OptionalCvvIsSentWhenThereIsOneAndMustBeThereWhenNamed) {
  PaymentRequest named = Input();
  named.cvv_id = "cvv_of_nobody";
  ExpectRefused(std::move(named), absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired);
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "without")), IsOk());
  PaymentRequest with = world_.Input(token_, "with");
  with.cvv_id = world_.DepositCvv(token_);
  ASSERT_THAT(world_.PayIn(std::move(with)), IsOk());
  EXPECT_THAT(world_.outbound.sent_with_cvv(), ::testing::ElementsAre(false, true));
}

TEST_F(PaymentsRefusalTest, RouteThatNeverSendsACvvLeavesItInEscrow) {
  std::string document = world_.routes->All()[0].route->document;
  document.replace(document.find("cvv: optional"), 13, "cvv: never");
  ASSERT_THAT(world_.routes->Apply(document, false, {}), IsOk());
  world_.DepositCvv(token_);
  ASSERT_THAT(world_.PayIn(Input()), IsOk());
  EXPECT_THAT(world_.outbound.sent_with_cvv(), ::testing::ElementsAre(false));
  EXPECT_EQ(world_.escrow->StatusOf(*MerchantId::Parse("shop", "m"), token_).state,
            CvvState::kHeld);
}

TEST_F(PaymentsRefusalTest, RouteWithoutItsCredentials) {
  std::string document = world_.routes->All()[0].route->document;
  document.replace(document.find("cards-h2h"), 9, "cards-new");
  ASSERT_THAT(world_.routes->Apply(document, false, {}), IsOk());
  ExpectRefused(Input("cards-new"), absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown,
                "route");
}

TEST_F(PaymentsRefusalTest, SealedVault) {
  world_.keyring.Seal();
  ExpectRefused(Input(), absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed);
}

// A card that is disabled between the check and the commit is not charged: the commit depends on
// the record as it was read.
TEST_F(PaymentsRefusalTest, CardDisabledMeanwhileIsNotCharged) {
  world_.DepositCvv(token_);
  world_.pipeline->HoldUntil(2);
  absl::StatusOr<PaymentRecord> result;
  absl::Notification done;
  world_.payments->Pay(Input(), [&](absl::StatusOr<PaymentRecord> record) {
    result = std::move(record);
    done.Notify();
  });
  world_.ChangeCard(token_, CardRecord::STATE_DISABLED);
  WriteSet release;
  AuditLeaf leaf{};
  leaf.action = AuditAction::kAdminRead;
  release.leaves.push_back(leaf);
  world_.pipeline->SubmitAndWait(std::move(release));
  done.WaitForNotification();
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenDisabled));
  EXPECT_EQ(world_.outbound.send_count(), 0);
  EXPECT_EQ(world_.store.RowCount(Table::kPayments), 0u);
  EXPECT_EQ(world_.escrow->StatusOf(*MerchantId::Parse("shop", "m"), token_).state,
            CvvState::kHeld);
}

// The places of a route are shared: what is refused for another reason takes none.
TEST_F(PaymentsRefusalTest, RefusedPaymentsTakeNoPlaceOfTheRoute) {
  const std::string capped =
      absl::StrCat(kPraxisRouteDocument, "limits: {payments_per_minute: 1}\n");
  ASSERT_TRUE(world_.routes->Apply(capped, false, {})->changed);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(world_.PayIn(Input("cards-praxis")),
                StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
  }
  world_.DepositCvv(token_);
  ASSERT_THAT(world_.PayIn(Input("cards-praxis")), IsOk());
  world_.DepositCvv(token_);
  const auto refused = [&] { return world_.PayIn(world_.Input(token_, "pay-2", "cards-praxis")); };
  EXPECT_THAT(refused(), StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kRate));
  EXPECT_EQ(world_.payments->in_flight_count(), 0);
  world_.clock.Advance(absl::Seconds(61));
  EXPECT_THAT(refused(), IsOk());
}

}  // namespace
}  // namespace cardvault
