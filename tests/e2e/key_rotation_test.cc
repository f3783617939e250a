// Every key rotated on a running server, under its traffic: nothing that was stored or handed out
// before is lost, found twice or refused after.

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/payment_stage.h"

namespace cardvault::testing {
namespace {

constexpr const char* kPurposes[] = {
    "pan",    "profile",          "fingerprint", "token-mac",    "request-digest",
    "cursor", "route-credential", "row-index",   "audit-signing"};

class KeyRotationTest : public ::testing::Test {
 protected:
  std::unique_ptr<admin::v1::KeyService::Stub> Keys() {
    return admin::v1::KeyService::NewStub(stage_.vault().AdminChannel(kOperatorUri));
  }

  admin::v1::KeyVersionInfo Rotate(const std::string& purpose) {
    Call call;
    admin::v1::RotateKeyRequest request;
    request.set_purpose(purpose);
    admin::v1::RotateKeyResponse response;
    const grpc::Status status = Keys()->RotateKey(call, request, &response);
    EXPECT_TRUE(status.ok()) << purpose << ": " << status.error_message();
    return response.key();
  }

  void RotateAll() {
    for (const char* const purpose : kPurposes) Rotate(purpose);
  }

  // Moves what rests under earlier versions to the newest, and waits for the end.
  void Reencrypt(const std::string& purpose) {
    Call call;
    admin::v1::StartReencryptionRequest request;
    request.set_purpose(purpose);
    admin::v1::StartReencryptionResponse response;
    const grpc::Status status = Keys()->StartReencryption(call, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    Call watch;
    const auto keys = Keys();
    const auto reader = keys->WatchReencryption(watch, {});
    admin::v1::ReencryptionProgress progress;
    while (reader->Read(&progress)) {
      if (progress.state() != "running") break;
    }
    EXPECT_EQ(progress.state(), "done") << progress.problem();
    EXPECT_EQ(progress.failed_count(), 0);
    watch->TryCancel();
    reader->Finish();
  }

  v1::TokenizeResponse Tokenize(const std::string& request_id, const std::string& number) {
    Call call;
    v1::TokenizeRequest request = TokenizeOf(request_id, number, "");
    v1::TokenizeResponse response;
    const grpc::Status status = stage_.vault().Ingest()->Tokenize(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.field();
    return response;
  }

  PaymentStage stage_;
};

TEST_F(KeyRotationTest, WhatWasStoredBeforeIsThereAfter) {
  stage_.AddPraxisRoute("praxis");
  const v1::TokenizeResponse card = Tokenize("card", std::string(kVisaTestPan));
  const std::string token = stage_.Token("payer");
  const v1::Payment sale = stage_.Pay(PayInOf("praxis", "sale", token, 1500));
  ASSERT_EQ(sale.state(), v1::PAYMENT_STATE_APPROVED);
  stage_.Pay(PayOutOf("praxis", "out", token, 700));
  Call listing;
  v1::ListPaymentsRequest page;
  page.set_page_size(1);
  v1::ListPaymentsResponse first;
  ASSERT_TRUE(stage_.vault().PayIn()->ListPayments(listing, page, &first).ok());

  for (int round = 0; round < 2; ++round) {
    RotateAll();
    // The same request is the same card, and its number is found again under a new request id.
    EXPECT_EQ(Tokenize("card", std::string(kVisaTestPan)).token().token(), card.token().token());
    const v1::TokenizeResponse again =
        Tokenize(absl::StrCat("again-", round), std::string(kVisaTestPan));
    EXPECT_EQ(again.token().fingerprint(), card.token().fingerprint());
    // A recorded payment is the recorded payment, and is not posted again.
    EXPECT_EQ(stage_.Pay(PayInOf("praxis", "sale", token, 1500)).create_time().seconds(),
              sale.create_time().seconds());
    EXPECT_EQ(stage_.sandbox().Order(stage_.Port("praxis"), "sale").posts, 1);
    EXPECT_EQ(stage_.Get("out").payment_id(), "out");
    // A card that was sealed before goes out, and its money comes back.
    const v1::Payment refund = stage_.Pay(RefundOf("sale", absl::StrCat("refund-", round), 100));
    EXPECT_EQ(refund.state(), v1::PAYMENT_STATE_APPROVED);
    // A page that was begun before goes on, and the list has every payment once.
    Call more;
    page.set_page_token(first.next_page_token());
    v1::ListPaymentsResponse second;
    ASSERT_TRUE(stage_.vault().PayIn()->ListPayments(more, page, &second).ok()) << more.reason();
    EXPECT_EQ(second.payments(0).payment_id(), "sale");
    // Before the rows moved the first time, and after.
    if (round == 0) Reencrypt("row-index");
    stage_.Crash();
  }
}

// K1: who asked, and what encrypts from then on, stands in the log.
TEST_F(KeyRotationTest, RotationIsAnEntryAndRefusalsNameTheField) {
  EXPECT_EQ(Rotate("pan").version(), 2);
  EXPECT_EQ(Rotate("pan").state(), admin::v1::KEY_STATE_ACTIVE);
  Call call;
  admin::v1::RotateKeyRequest request;
  request.set_purpose("pans");
  admin::v1::RotateKeyResponse response;
  EXPECT_EQ(Keys()->RotateKey(call, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(call.reason() + " " + call.field(), "FIELD_INVALID purpose");
  EXPECT_EQ(stage_.vault().Stop(), 0);
  std::vector<uint32_t> activated;
  for (const AuditEntry& entry : ReadAuditLog(stage_.vault().data_directory())) {
    if (entry.leaf.action != AuditAction::kKeyActivated) continue;
    EXPECT_EQ(entry.leaf.object, "pan");
    EXPECT_EQ(entry.leaf.origin.principal, kOperatorUri);
    activated.push_back(entry.leaf.key_version);
  }
  EXPECT_EQ(activated, (std::vector<uint32_t>{2, 3}));
  ASSERT_TRUE(stage_.vault().Start());
}

// Nobody is refused because a key was rotated under his call.
TEST_F(KeyRotationTest, TrafficGoesOnWhileKeysAreRotated) {
  std::atomic<bool> stop = false;
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        Tokenize(absl::StrCat("t", t, "-", i), std::string(kVisaTestPan));
        ++done;
      }
    });
  }
  for (int round = 0; round < 5; ++round) {
    const int before = done;
    RotateAll();
    while (done < before + 3) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(done, 0);
}

}  // namespace
}  // namespace cardvault::testing
