// TokenService through a real server over mutual TLS.

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "card/test_pans.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

v1::TokenizeRequest RequestFor(absl::string_view number, const std::string& request_id) {
  v1::TokenizeRequest request;
  request.set_request_id(request_id);
  request.mutable_card()->set_number(std::string(number));
  request.mutable_card()->set_expiry_month(12);
  request.mutable_card()->set_expiry_year(2035);
  request.mutable_card()->set_cardholder_name("Jane Doe");
  return request;
}

// One vault for all tests of the file: each uses ids of its own.
class TokenServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    vault_ = new VaultProcess;
    ASSERT_TRUE(vault_->Start()) << vault_->output();
    ingest_ = vault_->Ingest();
    tokens_ = vault_->Tokens();
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(vault_->Stop(), 0) << vault_->output();
    ingest_.reset();
    tokens_.reset();
    delete vault_;
  }

  static v1::TokenizeResponse Tokenize(const v1::TokenizeRequest& request) {
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = ingest_->Tokenize(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.reason() << " "
                             << call.field();
    return response;
  }

  // Expects a refusal with this code, reason and field.
  static void ExpectRefused(const v1::TokenizeRequest& request, grpc::StatusCode code,
                            const std::string& reason, const std::string& field) {
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = ingest_->Tokenize(call, request, &response);
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_EQ(call.reason(), reason);
    EXPECT_EQ(call.field(), field);
  }

  static VaultProcess* vault_;
  static std::unique_ptr<v1::TokenService::Stub> ingest_;
  static std::unique_ptr<v1::TokenService::Stub> tokens_;
};

VaultProcess* TokenServiceTest::vault_ = nullptr;
std::unique_ptr<v1::TokenService::Stub> TokenServiceTest::ingest_;
std::unique_ptr<v1::TokenService::Stub> TokenServiceTest::tokens_;

TEST_F(TokenServiceTest, TokenizeAnswersWhatMayBeShownAndGetTokenTheSame) {
  v1::TokenizeRequest request = RequestFor(kVisaTestPan, "shown-1");
  request.set_customer_id("customer-1");
  (*request.mutable_labels())["channel"] = "web";
  const v1::TokenizeResponse response = Tokenize(request);
  EXPECT_EQ(response.disposition(), v1::DISPOSITION_CREATED);
  const v1::TokenData& token = response.token();
  EXPECT_EQ(token.token().substr(0, 9), "tok_test_");
  EXPECT_EQ(token.token().size(), 43u);
  EXPECT_EQ(token.brand(), v1::BRAND_VISA);
  EXPECT_EQ(token.bin(), kVisaTestPan.substr(0, 6));  // S5
  EXPECT_EQ(token.last_four(), kVisaTestPan.substr(12));
  EXPECT_EQ(token.expiry_month(), 12);
  EXPECT_EQ(token.expiry_year(), 2035);
  EXPECT_EQ(token.cardholder_name(), "Jane Doe");
  EXPECT_EQ(token.state(), v1::TOKEN_STATE_ACTIVE);
  EXPECT_EQ(token.cvv_state(), v1::CVV_STATE_NONE);
  EXPECT_EQ(token.labels().at("channel"), "web");

  Call call;
  v1::GetTokenRequest get;
  get.set_token(token.token());
  v1::GetTokenResponse got;
  ASSERT_TRUE(tokens_->GetToken(call, get, &got).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(got.token(), token));
}

TEST_F(TokenServiceTest, TokenizeWithTheSameRequestIdAnswersTheRecordedToken) {
  const v1::TokenizeRequest request = RequestFor(kMastercardTestPan, "replay-1");
  const std::string first = Tokenize(request).token().token();
  EXPECT_EQ(Tokenize(request).token().token(), first);
  v1::TokenizeRequest other = request;
  other.mutable_card()->set_expiry_year(2036);
  ExpectRefused(other, grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED", "request_id");
}

TEST_F(TokenServiceTest, TokenizeReusesTheTokenOfACustomerAndTakesALaterExpiry) {
  v1::TokenizeRequest request = RequestFor(kAmexTestPan, "reuse-1");
  request.set_customer_id("reuse-customer");
  const v1::TokenizeResponse first = Tokenize(request);
  request.set_request_id("reuse-2");
  const v1::TokenizeResponse second = Tokenize(request);
  EXPECT_EQ(second.disposition(), v1::DISPOSITION_EXISTING);
  EXPECT_EQ(second.token().token(), first.token().token());
  request.set_request_id("reuse-3");
  request.mutable_card()->set_expiry_year(2037);
  const v1::TokenizeResponse third = Tokenize(request);
  EXPECT_EQ(third.disposition(), v1::DISPOSITION_EXPIRY_UPDATED);
  EXPECT_EQ(third.token().expiry_year(), 2037);
}

TEST_F(TokenServiceTest, CvvIsHeldAndItsStateShown) {
  v1::TokenizeRequest request = RequestFor(kVisaTestPan2, "cvv-1");
  request.mutable_card()->set_cvv("568");
  const v1::TokenizeResponse response = Tokenize(request);
  EXPECT_FALSE(response.cvv_id().empty());
  EXPECT_EQ(response.token().cvv_state(), v1::CVV_STATE_HELD);
  EXPECT_TRUE(response.token().has_cvv_held_until());
  Call call;
  v1::ProvideCvvRequest provide;
  provide.set_token(response.token().token());
  provide.set_cvv("901");
  v1::ProvideCvvResponse provided;
  ASSERT_TRUE(ingest_->ProvideCvv(call, provide, &provided).ok());
  EXPECT_NE(provided.cvv_id(), response.cvv_id());
}

TEST_F(TokenServiceTest, BadCardDataIsRefusedByFieldAndNeverEchoed) {
  struct Case {
    std::string number;
    int month;
    int year;
    std::string cvv;
    const char* reason;
    const char* field;
  };
  const std::string good(kVisaTestPan);
  std::string wrong_digit = good;
  wrong_digit.back() = static_cast<char>(wrong_digit.back() == '9' ? '0' : wrong_digit.back() + 1);
  const std::vector<Case> cases = {
      {"4111abcd11111111", 12, 2035, "", "PAN_INVALID", "card.number"},
      {good.substr(0, 11), 12, 2035, "", "PAN_INVALID", "card.number"},
      {good + "0000", 12, 2035, "", "PAN_INVALID", "card.number"},
      {wrong_digit, 12, 2035, "", "PAN_INVALID", "card.number"},
      {good.substr(0, 4) + " " + good.substr(4), 12, 2035, "", "PAN_INVALID", "card.number"},
      {good + std::string("\0", 1), 12, 2035, "", "PAN_INVALID", "card.number"},
      {"", 12, 2035, "", "PAN_INVALID", "card.number"},
      {good, 0, 2035, "", "EXPIRY_INVALID", "card.expiry_month"},
      {good, 13, 2035, "", "EXPIRY_INVALID", "card.expiry_month"},
      {good, 12, 35, "", "EXPIRY_INVALID", "card.expiry_year"},
      {good, 12, 20355, "", "EXPIRY_INVALID", "card.expiry_year"},
      {good, 1, 2020, "", "EXPIRY_INVALID", "card.expiry_month"},  // past
      {good, 12, 2035, "12", "CVV_INVALID", "card.cvv"},
      {good, 12, 2035, "12345", "CVV_INVALID", "card.cvv"},
      {good, 12, 2035, "1234", "CVV_INVALID", "card.cvv"},  // 4 digits are American Express's
      {good, 12, 2035, "12a", "CVV_INVALID", "card.cvv"},
  };
  int number = 0;
  for (const Case& c : cases) {
    v1::TokenizeRequest request = RequestFor(c.number, "bad-" + std::to_string(++number));
    request.mutable_card()->set_expiry_month(c.month);
    request.mutable_card()->set_expiry_year(c.year);
    request.mutable_card()->set_cvv(c.cvv);
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = ingest_->Tokenize(call, request, &response);
    SCOPED_TRACE(number);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_EQ(call.reason(), c.reason);
    EXPECT_EQ(call.field(), c.field);
    if (!c.number.empty()) {
      EXPECT_EQ(status.error_message().find(c.number), std::string::npos);
    }
  }
}

TEST_F(TokenServiceTest, HugeAndBrokenRequestsAreRefused) {
  v1::TokenizeRequest request = RequestFor(kVisaTestPan, "huge-1");
  request.mutable_card()->set_cardholder_name(std::string(500, 'x'));
  ExpectRefused(request, grpc::StatusCode::INVALID_ARGUMENT, "TEXT_INVALID",
                "card.cardholder_name");
  request.mutable_card()->set_cardholder_name(std::string(100 * 1024, 'x'));
  ExpectRefused(request, grpc::StatusCode::RESOURCE_EXHAUSTED, "LIMIT", "");
  // Beyond what gRPC itself reads: its refusal, without a reason of ours.
  request.mutable_card()->set_cardholder_name(std::string(3 << 20, 'x'));
  Call call;
  v1::TokenizeResponse response;
  EXPECT_EQ(ingest_->Tokenize(call, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(TokenServiceTest, TextThatIsNotUtf8IsRefusedByField) {
  // As a client of another language could send it: the generated stub would not.
  std::string bytes = RequestFor(kVisaTestPan, "utf8-1").SerializeAsString();
  const size_t name = bytes.find("Jane Doe");
  ASSERT_NE(name, std::string::npos);
  bytes[name] = '\xff';
  Call call;
  const auto channel = vault_->MerchantChannel(MerchantUri(kMerchant, "ingest"));
  const grpc::Status status = RawCall(*channel, "/cardvault.v1.TokenService/Tokenize", call, bytes);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(call.reason(), "TEXT_INVALID");
  EXPECT_EQ(call.field(), "card.cardholder_name");
}

TEST_F(TokenServiceTest, ForeignForgedAndUnknownTokensAnswerTheSame) {
  const std::string token = Tokenize(RequestFor(kDiscoverTestPan, "foreign-1")).token().token();
  std::string forged = token;
  forged[20] = forged[20] == 'a' ? 'b' : 'a';
  const auto other =
      v1::TokenService::NewStub(vault_->MerchantChannel(MerchantUri(kOtherMerchant, "tokens")));
  struct Asked {
    v1::TokenService::Stub* stub;
    std::string token;
  };
  const std::vector<Asked> asked = {{other.get(), token},
                                    {tokens_.get(), forged},
                                    {tokens_.get(), "tok_test_"},
                                    {tokens_.get(), std::string(kVisaTestPan)},  // T6
                                    {tokens_.get(), "tok_live_" + token.substr(9)}};
  std::set<std::string> texts;
  for (const Asked& each : asked) {
    Call call;
    v1::GetTokenRequest request;
    request.set_token(each.token);
    v1::GetTokenResponse response;
    const grpc::Status status = each.stub->GetToken(call, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(call.reason(), "TOKEN_NOT_FOUND");
    texts.insert(status.error_message());
  }
  EXPECT_EQ(texts.size(), 1u);
  EXPECT_EQ(vault_->output().find(std::string(kVisaTestPan)), std::string::npos);
}

TEST_F(TokenServiceTest, UpdateDisableEnableAndDeleteLeadThroughATokensLife) {
  v1::TokenizeRequest request = RequestFor(kJcbTestPan, "life-1");
  request.mutable_card()->set_cvv("123");
  const v1::TokenData token = Tokenize(request).token();

  Call update_call;
  v1::UpdateCardRequest update;
  update.set_token(token.token());
  update.set_revision(token.revision());
  update.set_cardholder_name("Jane Roe");
  (*update.mutable_set_labels())["tier"] = "gold";
  v1::UpdateCardResponse updated;
  ASSERT_TRUE(tokens_->UpdateCard(update_call, update, &updated).ok());
  EXPECT_EQ(updated.token().cardholder_name(), "Jane Roe");
  EXPECT_GT(updated.token().revision(), token.revision());

  Call stale_call;
  EXPECT_EQ(tokens_->UpdateCard(stale_call, update, &updated).error_code(),
            grpc::StatusCode::ABORTED);
  EXPECT_EQ(stale_call.reason(), "REVISION");

  Call disable_call;
  v1::DisableTokenRequest disable;
  disable.set_token(token.token());
  v1::DisableTokenResponse disabled;
  ASSERT_TRUE(tokens_->DisableToken(disable_call, disable, &disabled).ok());
  EXPECT_EQ(disabled.token().state(), v1::TOKEN_STATE_DISABLED);
  EXPECT_NE(disabled.token().cvv_state(), v1::CVV_STATE_HELD);

  Call enable_call;
  v1::EnableTokenRequest enable;
  enable.set_token(token.token());
  v1::EnableTokenResponse enabled;
  ASSERT_TRUE(tokens_->EnableToken(enable_call, enable, &enabled).ok());
  EXPECT_EQ(enabled.token().state(), v1::TOKEN_STATE_ACTIVE);

  v1::DeleteTokenRequest remove;
  remove.set_token(token.token());
  v1::DeleteTokenResponse removed;
  Call delete_call;
  ASSERT_TRUE(tokens_->DeleteToken(delete_call, remove, &removed).ok());
  Call again_call;
  EXPECT_TRUE(tokens_->DeleteToken(again_call, remove, &removed).ok());
  Call get_call;
  v1::GetTokenRequest get;
  get.set_token(token.token());
  v1::GetTokenResponse got;
  EXPECT_EQ(tokens_->GetToken(get_call, get, &got).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(TokenServiceTest, ReplacePanKeepsTheToken) {
  const v1::TokenData token = Tokenize(RequestFor(kDinersTestPan, "replace-1")).token();
  Call call;
  v1::ReplacePanRequest request;
  request.set_token(token.token());
  request.set_request_id("replace-2");
  *request.mutable_card() = RequestFor(kDinersTestPan2, "x").card();
  v1::ReplacePanResponse response;
  ASSERT_TRUE(ingest_->ReplacePan(call, request, &response).ok());
  EXPECT_EQ(response.token().token(), token.token());
  EXPECT_EQ(response.token().last_four(), kDinersTestPan2.substr(10));
  EXPECT_NE(response.token().fingerprint(), token.fingerprint());
}

TEST_F(TokenServiceTest, ListTokensPagesThroughACustomersTokens) {
  CardGenerator cards = CardGenerator::FromEnvironment();
  std::set<std::string> made;
  for (int i = 0; i < 25; ++i) {
    v1::TokenizeRequest request = RequestFor(cards.Pan(), "list-" + std::to_string(i));
    request.set_customer_id("list-customer");
    made.insert(Tokenize(request).token().token());
  }
  std::set<std::string> listed;
  v1::ListTokensRequest request;
  request.set_customer_id("list-customer");
  request.set_page_size(10);
  do {
    Call call;
    v1::ListTokensResponse response;
    ASSERT_TRUE(tokens_->ListTokens(call, request, &response).ok());
    for (const v1::TokenData& token : response.tokens()) {
      EXPECT_TRUE(listed.insert(token.token()).second);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, made);
}

TEST_F(TokenServiceTest, EnumerationOfTheMiddleDigitsIsStopped) {
  // An attacker who knows BIN and last four tries what lies between.
  CardGenerator cards(7);
  const std::string known = cards.Pan();
  int refused = 0;
  int tried = 0;
  for (int middle = 0; middle < 1000000 && tried < 40; ++middle) {
    char digits[7];
    snprintf(digits, sizeof(digits), "%06d", middle);
    const std::string candidate = known.substr(0, 6) + digits + known.substr(12);
    v1::TokenizeRequest request = RequestFor(candidate, "enum-" + std::to_string(middle));
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = ingest_->Tokenize(call, request, &response);
    if (call.reason() == "PAN_INVALID") continue;  // Luhn
    ++tried;
    if (!status.ok()) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
      EXPECT_EQ(call.reason(), "ENUMERATION");
      ++refused;
    }
  }
  EXPECT_EQ(tried, 40);
  EXPECT_EQ(refused, 30);
}

}  // namespace
}  // namespace cardvault::testing
