// A1, A2: each RPC, in success and in failure, has exactly the entries of its row in event_rows.cc.
// One vault with a sandbox gateway for those of merchants, of the system, of keys and of the log.

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "cardvault/admin/v1/backup_service.pb.h"
#include "server/role_table.h"
#include "tests/e2e/event_rows.h"
#include "tests/e2e/event_witness.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/sandbox_outbox.h"
#include "tests/testing/test_requests.h"

namespace cardvault::testing {
namespace {

constexpr int kCardsToMove = 300;  // so that a re-encryption can be paused

std::string Tokens(const char* name) { return absl::StrCat("cardvault.v1.TokenService/", name); }
std::string Payments(const char* name) {
  return absl::StrCat("cardvault.v1.PaymentService/", name);
}
std::string System(const char* name) {
  return absl::StrCat("cardvault.admin.v1.SystemService/", name);
}
std::string Keys(const char* name) { return absl::StrCat("cardvault.admin.v1.KeyService/", name); }
std::string Audit(const char* name) {
  return absl::StrCat("cardvault.admin.v1.AuditService/", name);
}

std::string Backups(const char* name) {
  return absl::StrCat("cardvault.admin.v1.BackupService/", name);
}

template <typename Request>
Request Of(const std::string& token) {
  Request request;
  request.set_token(token);
  return request;
}

template <typename Request>
Request OfKey(const std::string& purpose, int version) {
  Request request;
  request.set_purpose(purpose);
  request.set_version(version);
  return request;
}

template <typename Request>
Request OfRoute(const std::string& route) {
  Request request;
  request.set_route(route);
  return request;
}

template <typename Request>
Request OfCredential(const std::string& route, const std::string& secret) {
  Request request = OfRoute<Request>(route);
  request.set_name("api_secret");
  request.set_secret(secret);
  return request;
}

TEST(EventRowsTest, EveryRpcHasARowAndEveryRowAnRpc) {
  std::set<std::string> rows, ruled;
  for (const EventRow& row : EventRows()) EXPECT_TRUE(rows.insert(row.rpc).second) << row.rpc;
  for (const MethodRule& rule : RoleTable()) ruled.insert(std::string(rule.method).substr(1));
  EXPECT_EQ(rows, ruled);
}

class EventCatalogueTest : public ::testing::Test {
 protected:
  ~EventCatalogueTest() override = default;

  // Compares with what the log says; the server runs on.
  void Check(const std::string& service) {
    witness_.ExpectAllOf(service);
    ASSERT_EQ(stage_.vault().Stop(), 0) << stage_.vault().output();
    witness_.Check(ReadAuditLog(stage_.vault().data_directory()));
    ASSERT_TRUE(stage_.vault().Start());
  }

  std::string Route(const std::string& name, const std::string& more = "") {
    return stage_.sandbox().H2hRoute(name, kMerchant, stage_.vault().directory().File("ca.pem"),
                                     more);
  }

  PaymentStage stage_;
  EventWitness witness_{stage_.vault()};
  const std::string ingest_ = MerchantUri(kMerchant, "ingest");
  const std::string tokens_ = MerchantUri(kMerchant, "tokens");
  const std::string pay_in_ = MerchantUri(kMerchant, "pay-in");
  const std::string pay_out_ = MerchantUri(kMerchant, "pay-out");
  const std::string refund_ = MerchantUri(kMerchant, "refund");
};

TEST_F(EventCatalogueTest, Tokens) {
  const std::string number(kVisaTestPan), other(kMastercardTestPan), none = "tok_test_none";
  const v1::TokenizeRequest first = TokenizeOf("first", number, "");
  const auto made = witness_.Succeeds<v1::TokenizeResponse>(Tokens("Tokenize"), ingest_, first);
  const std::string token = made.token().token();
  witness_.Let("token", token);
  witness_.Fails(Tokens("Tokenize"), ingest_, TokenizeOf("second", "4111", ""));
  witness_.Succeeds<v1::TokenizeResponse>(Tokens("Tokenize"), ingest_, first,
                                          "token.matched success - {token}");

  v1::ImportCardsRequest cards;
  cards.mutable_settings()->set_import_id("import");
  v1::ImportRow& row = *cards.add_rows();
  row.set_external_id("row");
  row.set_number(std::string(kAmexTestPan));
  row.set_expiry_month(12);
  row.set_expiry_year(2035);
  witness_.Succeeds<v1::ImportCardsResponse>(Tokens("ImportCards"), ingest_, cards);
  row.set_number("4111");
  row.set_external_id("bad");
  witness_.Succeeds<v1::ImportCardsResponse>(Tokens("ImportCards"), ingest_, cards,
                                             "import.started success - imp_*; tokenize.refused "
                                             "refused PAN_INVALID -; import.ended success "
                                             "- imp_* created 0 existing 0 updated 0 refused 1");
  witness_.Fails(Tokens("ImportCards"), ingest_, v1::ImportCardsRequest());

  v1::ReplacePanRequest replace = Of<v1::ReplacePanRequest>(token);
  replace.set_request_id("replaced");
  *replace.mutable_card() = TokenizeOf("", other, "").card();
  replace.mutable_card()->clear_cardholder_name();
  witness_.Succeeds<v1::ReplacePanResponse>(Tokens("ReplacePan"), ingest_, replace);
  replace.set_request_id("refused");
  replace.mutable_card()->set_number("4111");
  witness_.Fails(Tokens("ReplacePan"), ingest_, replace);

  v1::ProvideCvvRequest cvv = Of<v1::ProvideCvvRequest>(token);
  cvv.set_cvv("123");
  witness_.Succeeds<v1::ProvideCvvResponse>(Tokens("ProvideCvv"), ingest_, cvv);
  cvv.set_cvv("12");
  witness_.Fails(Tokens("ProvideCvv"), ingest_, cvv);

  const auto got = witness_.Succeeds<v1::GetTokenResponse>(Tokens("GetToken"), tokens_,
                                                           Of<v1::GetTokenRequest>(token));
  witness_.Fails(Tokens("GetToken"), tokens_, Of<v1::GetTokenRequest>(none));
  witness_.Succeeds<v1::ListTokensResponse>(Tokens("ListTokens"), tokens_, v1::ListTokensRequest());
  v1::ListTokensRequest page;
  page.set_page_size(-1);
  witness_.Fails(Tokens("ListTokens"), tokens_, page);

  v1::UpdateCardRequest update = Of<v1::UpdateCardRequest>(token);
  update.set_revision(got.token().revision());
  update.set_cardholder_name("Jane Roe");
  witness_.Succeeds<v1::UpdateCardResponse>(Tokens("UpdateCard"), tokens_, update);
  witness_.Fails(Tokens("UpdateCard"), tokens_, update);  // the revision is another by now

  witness_.Succeeds<v1::DisableTokenResponse>(Tokens("DisableToken"), tokens_,
                                              Of<v1::DisableTokenRequest>(token));
  witness_.Fails(Tokens("DisableToken"), tokens_, Of<v1::DisableTokenRequest>(none));
  witness_.Succeeds<v1::EnableTokenResponse>(Tokens("EnableToken"), tokens_,
                                             Of<v1::EnableTokenRequest>(token));
  witness_.Fails(Tokens("EnableToken"), tokens_, Of<v1::EnableTokenRequest>(none));
  witness_.Let("deleted", token);
  witness_.Succeeds<v1::DeleteTokenResponse>(Tokens("DeleteToken"), tokens_,
                                             Of<v1::DeleteTokenRequest>(token));
  witness_.Fails(Tokens("DeleteToken"), tokens_, Of<v1::DeleteTokenRequest>(none));
  Check("cardvault.v1.TokenService");
}

TEST_F(EventCatalogueTest, Payments) {
  stage_.AddPraxisRoute("praxis");
  const std::string token = stage_.Token("card");
  witness_.Let("token", token);
  const auto sold = witness_.Succeeds<v1::PayInResponse>(Payments("PayIn"), pay_in_,
                                                         PayInOf("praxis", "sale", token, 1500));
  witness_.Let("sale", sold.payment().audit_reference());
  witness_.Fails(Payments("PayIn"), pay_in_, PayInOf("none", "refused", token, 1500));
  const auto paid = witness_.Succeeds<v1::PayOutResponse>(Payments("PayOut"), pay_out_,
                                                          PayOutOf("praxis", "won", token, 1500));
  witness_.Let("payout", paid.payment().audit_reference());
  witness_.Fails(Payments("PayOut"), pay_out_, PayOutOf("none", "refused", token, 1500));
  const auto refunded = witness_.Succeeds<v1::RefundResponse>(Payments("Refund"), refund_,
                                                              RefundOf("sale", "back", 500));
  witness_.Let("refund", refunded.payment().audit_reference());
  witness_.Fails(Payments("Refund"), refund_, RefundOf("never", "refused", 500));

  v1::GetPaymentRequest get;
  get.set_payment_id("sale");
  witness_.Succeeds<v1::GetPaymentResponse>(Payments("GetPayment"), pay_in_, get);
  get.set_payment_id("never");
  witness_.Fails(Payments("GetPayment"), pay_in_, get);
  witness_.Succeeds<v1::ListPaymentsResponse>(Payments("ListPayments"), pay_in_,
                                              v1::ListPaymentsRequest());
  v1::ListPaymentsRequest page;
  page.set_page_size(-1);
  witness_.Fails(Payments("ListPayments"), pay_in_, page);
  v1::DryRunRequest dry;
  *dry.mutable_pay_in() = PayInOf("praxis", "dry", token, 1500);
  witness_.Succeeds<v1::DryRunResponse>(Payments("DryRun"), pay_in_, dry);
  witness_.Fails(Payments("DryRun"), pay_in_, v1::DryRunRequest());

  const SandboxOutbox outbox(stage_.sandbox(), stage_.Port("praxis"));
  const auto notifications = outbox.Of(sold.payment().upstream_reference());
  ASSERT_FALSE(notifications.empty());
  v1::VerifyNotificationRequest notification;
  notification.set_route("praxis");
  for (const v1::HttpHeader& header : notifications.back().headers) {
    *notification.add_headers() = header;
  }
  notification.set_body(notifications.back().body);
  witness_.Aside([&] {  // the first, which is accepted
    Call call;
    v1::VerifyNotificationResponse ignored;
    ASSERT_TRUE(
        stage_.vault().Pay("pay-in")->VerifyNotification(call, notification, &ignored).ok());
  });
  witness_.Succeeds<v1::VerifyNotificationResponse>(Payments("VerifyNotification"), pay_in_,
                                                    notification);
  notification.set_route("none");
  witness_.Fails(Payments("VerifyNotification"), pay_in_, notification);
  Check("cardvault.v1.PaymentService");
}

TEST_F(EventCatalogueTest, System) {
  witness_.Let("route", "h2h");
  const auto read = [&](const char* rpc, const google::protobuf::Message& request) {
    witness_.Succeeds<google::protobuf::Empty>(System(rpc), kOperatorUri, request);
  };
  read("GetStatus", admin::v1::GetStatusRequest());
  admin::v1::ApplyRouteRequest apply;
  apply.set_document(Route("h2h",
                           "timeouts: {connect: 1s, total: 2s}\nreconcile: {in_doubt_after: 50ms, "
                           "pending_after: 50ms, max_interval: 300ms, review_after: 10ms}\n"));
  read("ApplyRoute", apply);
  witness_.Succeeds<admin::v1::ApplyRouteResponse>(System("ApplyRoute"), kOperatorUri, apply,
                                                   "admin.read success - route check");
  apply.set_document(absl::StrCat("name: ", std::string(kVisaTestPan)));
  witness_.Fails(System("ApplyRoute"), kOperatorUri, apply);
  read("ListRoutes", admin::v1::ListRoutesRequest());
  const auto both = [&](const char* rpc, const google::protobuf::Message& good,
                        const google::protobuf::Message& bad) {
    read(rpc, good);
    witness_.Fails(System(rpc), kOperatorUri, bad);
  };
  both("GetRoute", OfRoute<admin::v1::GetRouteRequest>("h2h"),
       OfRoute<admin::v1::GetRouteRequest>("none"));
  both("DisableRoute", OfRoute<admin::v1::DisableRouteRequest>("h2h"),
       OfRoute<admin::v1::DisableRouteRequest>("none"));
  both("EnableRoute", OfRoute<admin::v1::EnableRouteRequest>("h2h"),
       OfRoute<admin::v1::EnableRouteRequest>("none"));
  both("SetRouteCredential", OfCredential<admin::v1::SetRouteCredentialRequest>("h2h", "other"),
       OfCredential<admin::v1::SetRouteCredentialRequest>("none", "other"));
  both("RotateRouteCredential",
       OfCredential<admin::v1::RotateRouteCredentialRequest>("h2h", kH2hSecret),
       OfCredential<admin::v1::RotateRouteCredentialRequest>("none", "other"));
  admin::v1::RetireRouteCredentialRequest retire, retire_none;
  retire.set_route("h2h");
  retire.set_name("api_secret");
  retire_none.set_route("none");
  retire_none.set_name("api_secret");
  both("RetireRouteCredential", retire, retire_none);

  read("ListRoles", admin::v1::ListRolesRequest());
  admin::v1::ApplyRolesRequest roles;
  roles.set_document(absl::StrCat("roles:\n  - identity: ", std::string(kVisaTestPan)));
  witness_.Fails(System("ApplyRoles"), kOperatorUri, roles);
  read("ListOpenPayments", admin::v1::ListOpenPaymentsRequest());
  admin::v1::ListOpenPaymentsRequest page;
  page.set_page_size(-1);
  witness_.Fails(System("ListOpenPayments"), kOperatorUri, page);

  admin::v1::ResolvePaymentRequest resolve;
  resolve.set_merchant(kMerchant);
  resolve.set_payment_id("lost");
  resolve.set_state("NOT_RECEIVED");
  witness_.Fails(System("ResolvePayment"), kOperatorUri, resolve);
  witness_.Aside([&] {  // the gateway throws it away
    v1::Payment lost = stage_.Pay(PayInOf("h2h", "lost", stage_.Token("lost"), 70014));
    while (!lost.needs_review()) lost = stage_.Get("lost");
    witness_.Let("doubtful", lost.audit_reference());
  });
  read("ResolvePayment", resolve);

  witness_.Let("merchant", kMerchant);
  admin::v1::PurgeMerchantRequest purge, purge_none;
  purge.set_merchant(kMerchant);
  purge_none.set_merchant("nobody");
  witness_.Fails(System("PurgeMerchant"), kOperatorUri, purge_none);
  read("PurgeMerchant", purge);
  read("WatchMerchantPurge", admin::v1::WatchMerchantPurgeRequest());  // until it has ended

  // Last, for it takes everybody else's roles away.
  roles.set_document(
      absl::StrCat("roles:\n  - identity: ", kOperatorUri, "\n    roles: [operator]\n"));
  read("ApplyRoles", roles);
  Check("cardvault.admin.v1.SystemService");
}

TEST_F(EventCatalogueTest, Keys) {
  const auto done = [&](const char* rpc, const google::protobuf::Message& request) {
    return witness_.Succeeds<admin::v1::RotateKeyResponse>(Keys(rpc), kOperatorUri, request);
  };
  done("GetKeyStatus", admin::v1::GetKeyStatusRequest());
  const auto keys = witness_.Succeeds<admin::v1::ListKeysResponse>(Keys("ListKeys"), kOperatorUri,
                                                                   admin::v1::ListKeysRequest());
  admin::v1::RotateKeyRequest rotate;
  witness_.Fails(Keys("RotateKey"), kOperatorUri, rotate);
  rotate.set_purpose("pan");
  witness_.Aside([&] {
    const auto ingest = stage_.vault().Ingest();
    for (int i = 0; i < kCardsToMove; ++i) {
      Call call;
      v1::TokenizeResponse ignored;
      v1::TokenizeRequest request =
          TokenizeOf(absl::StrCat("card-", i), std::string(kVisaTestPan), "");
      request.set_customer_id(absl::StrCat("customer-", i));
      ASSERT_TRUE(ingest->Tokenize(call, request, &ignored).ok());
    }
  });
  int version = done("RotateKey", rotate).key().version();
  witness_.Fails(Keys("StartReencryption"), kOperatorUri, admin::v1::StartReencryptionRequest());
  admin::v1::StartReencryptionRequest start;
  start.set_purpose("pan");
  witness_.Fails(Keys("PauseReencryption"), kOperatorUri, admin::v1::PauseReencryptionRequest());
  witness_.Fails(Keys("ResumeReencryption"), kOperatorUri, admin::v1::ResumeReencryptionRequest());
  done("StartReencryption", start);
  while (!witness_.Tries(Keys("PauseReencryption"), kOperatorUri,
                         admin::v1::PauseReencryptionRequest())) {
    version = done("RotateKey", rotate).key().version();
    done("StartReencryption", start);
  }
  done("ResumeReencryption", admin::v1::ResumeReencryptionRequest());
  done("WatchReencryption", admin::v1::WatchReencryptionRequest());  // until it has ended

  witness_.Fails(Keys("MarkKeyCompromised"), kOperatorUri,
                 OfKey<admin::v1::MarkKeyCompromisedRequest>("none", 1));
  done("MarkKeyCompromised", OfKey<admin::v1::MarkKeyCompromisedRequest>("pan", version - 1));
  witness_.Fails(Keys("DestroyKey"), kOperatorUri, OfKey<admin::v1::DestroyKeyRequest>("none", 1));
  done("DestroyKey", OfKey<admin::v1::DestroyKeyRequest>("pan", version - 1));
  witness_.Fails(Keys("DestroyKek"), kOperatorUri, admin::v1::DestroyKekRequest());
  admin::v1::RotateKekRequest to_next;
  to_next.set_to_next(true);
  witness_.Fails(Keys("RotateKek"), kOperatorUri, to_next);
  done("RotateKek", admin::v1::RotateKekRequest());
  admin::v1::DestroyKekRequest destroy;
  destroy.set_check_value(keys.keks(0).check_value());
  done("DestroyKek", destroy);
  Check("cardvault.admin.v1.KeyService");
}

TEST_F(EventCatalogueTest, Audit) {
  const auto done = [&](const char* rpc, const google::protobuf::Message& request) {
    witness_.Succeeds<google::protobuf::Empty>(Audit(rpc), kAuditorUri, request);
  };
  admin::v1::ExportRequest beyond;
  beyond.set_end(1'000'000);
  done("Export", admin::v1::ExportRequest());
  witness_.Fails(Audit("Export"), kAuditorUri, beyond);
  admin::v1::ExportRequest filtered;
  filtered.set_object("status");
  witness_.Succeeds<admin::v1::ExportResponse>(Audit("Export"), kAuditorUri, filtered,
                                               "audit.exported success - filtered 0..now");
  admin::v1::WatchEntriesRequest watch;
  watch.set_last_count(3);
  done("WatchEntries", watch);
  watch.set_action("admin.read");
  witness_.Succeeds<admin::v1::WatchEntriesResponse>(Audit("WatchEntries"), kAuditorUri, watch,
                                                     "audit.exported success - filtered tail #..#");
  watch.set_action("none");
  witness_.Fails(Audit("WatchEntries"), kAuditorUri, watch);
  done("GetCheckpoint", admin::v1::GetCheckpointRequest());
  done("ListCheckpointKeys", admin::v1::ListCheckpointKeysRequest());
  admin::v1::ProveInclusionRequest inclusion;
  witness_.Fails(Audit("ProveInclusion"), kAuditorUri, inclusion);
  inclusion.set_size(1);
  done("ProveInclusion", inclusion);
  admin::v1::ProveConsistencyRequest consistency;
  consistency.set_from_size(2);
  consistency.set_to_size(1);
  witness_.Fails(Audit("ProveConsistency"), kAuditorUri, consistency);
  consistency.set_from_size(1);
  consistency.set_to_size(2);
  done("ProveConsistency", consistency);
  Check("cardvault.admin.v1.AuditService");
}

TEST_F(EventCatalogueTest, Backups) {
  const auto done = [&](const char* rpc, const google::protobuf::Message& request) {
    witness_.Succeeds<google::protobuf::Empty>(Backups(rpc), kOperatorUri, request);
  };
  const std::string id =
      witness_
          .Succeeds<admin::v1::CreateBackupResponse>(Backups("CreateBackup"), kOperatorUri,
                                                     admin::v1::CreateBackupRequest())
          .id();
  done("WatchBackup", admin::v1::WatchBackupRequest());  // until it is whole
  const std::string place = stage_.vault().directory().File("backups");
  std::filesystem::rename(place, place + ".away");
  witness_.Fails(Backups("CreateBackup"), kOperatorUri, admin::v1::CreateBackupRequest());
  std::filesystem::rename(place + ".away", place);
  done("ListBackups", admin::v1::ListBackupsRequest());
  admin::v1::VerifyBackupRequest verify;
  witness_.Fails(Backups("VerifyBackup"), kOperatorUri, verify);
  verify.set_id(id);
  done("VerifyBackup", verify);
  done("WatchBackup", admin::v1::WatchBackupRequest());
  admin::v1::DeleteBackupRequest remove;
  witness_.Fails(Backups("DeleteBackup"), kOperatorUri, remove);
  remove.set_id(id);
  done("DeleteBackup", remove);
  Check("cardvault.admin.v1.BackupService");
}

}  // namespace
}  // namespace cardvault::testing
