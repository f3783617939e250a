// Custodians replaced and keys rotated in custody: a new KEK, for which every custodian has
// acknowledged, and after which earlier shares open nothing.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/audit_leaf.h"
#include "card/test_pans.h"
#include "tests/e2e/custody_fixture.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_requests.h"

namespace cardvault::testing {
namespace {

using grpc::StatusCode;

const CallResult kOk = {};
const CallResult kWrong = Refused(StatusCode::INVALID_ARGUMENT, "FIELD_INVALID", "share");
const CallResult kForeign = Refused(StatusCode::PERMISSION_DENIED, "POLICY");
const CallResult kNotProposed = Refused(StatusCode::INVALID_ARGUMENT, "FIELD_INVALID", "kek_id");

class CustodyChangeTest : public CustodyFixture {
 protected:
  void SetUp() override {
    StartVault();
    UnsealFirst();
    Call call;
    v1::TokenizeResponse tokenized;
    ASSERT_TRUE(
        vault_.Ingest()
            ->Tokenize(call, TokenizeOf("change-1", std::string(kVisaTestPan), ""), &tokenized)
            .ok());
    token_ = tokenized.token().token();
  }
  bool TokenIsRead() const {
    v1::GetTokenRequest request;
    request.set_token(token_);
    v1::GetTokenResponse got;
    Call call;
    return vault_.Tokens()->GetToken(call, request, &got).ok();
  }

  std::string token_;
};

// K10
TEST_F(CustodyChangeTest, AReplacedCustodiansShareIsWorthNothing) {
  const std::string first = Status().present().kek_id();
  const std::string kek_id = Propose(2, {"alice", "bob", "dave"});
  ASSERT_NE(kek_id, first);
  EXPECT_EQ(Status().present().kek_id(), first);
  EXPECT_EQ(Status().proposed().kek_id(), kek_id);

  // Not before every one has shown that he can open his share.
  EXPECT_EQ(Activate(kek_id), Refused(StatusCode::FAILED_PRECONDITION, "POLICY"));
  const OpenedShare alice = ProposedShare("alice");
  EXPECT_EQ(Acknowledge("alice", alice), kOk);
  EXPECT_EQ(Acknowledge("alice", alice), kOk);  // changes nothing
  OpenedShare wrong = ProposedShare("bob");
  wrong.bytes = FirstShare("bob").bytes;
  EXPECT_EQ(Acknowledge("bob", wrong), kWrong);
  EXPECT_EQ(Acknowledge("bob", alice), kForeign);
  EXPECT_EQ(Acknowledge("bob", ProposedShare("bob")), kOk);
  EXPECT_EQ(Activate(kek_id), Refused(StatusCode::FAILED_PRECONDITION, "POLICY"));
  EXPECT_EQ(Acknowledge("dave", ProposedShare("dave")), kOk);
  EXPECT_EQ(Activate(first + "0"), kNotProposed);
  EXPECT_EQ(Activate(kek_id, kAuditorUri), kForeign);
  ASSERT_EQ(Activate(kek_id), kOk);
  EXPECT_EQ(Activate(kek_id), kOk);  // changes nothing
  // Whose activation was answered to nobody hears of it: its shares are the vault's.
  EXPECT_EQ(Withdraw(kek_id), Refused(StatusCode::FAILED_PRECONDITION, "POLICY"));
  EXPECT_EQ(Status().present().kek_id(), kek_id);
  EXPECT_FALSE(Status().has_proposed());
  EXPECT_TRUE(TokenIsRead());

  // The shares of the first KEK, one of a man who is a custodian no more.
  const OpenedShare bob_first = FirstShare("bob");
  ASSERT_EQ(Seal(), kOk);
  EXPECT_EQ(SubmitOwn("alice"), kWrong);
  EXPECT_EQ(SubmitOwn("bob"), kWrong);
  EXPECT_EQ(SubmitOwn("carol"), kForeign);
  EXPECT_EQ(Status().collected_count(), 0);

  // Two of the new ones; also after a restart.
  EXPECT_EQ(Submit("alice", alice.bytes), kOk);
  vault_.Kill();
  StartVault();
  EXPECT_EQ(Submit("alice", alice.bytes), kOk);
  EXPECT_EQ(Submit("bob", bob_first.bytes), kWrong);
  EXPECT_TRUE(Status().sealed());
  EXPECT_EQ(Status().present().kek_id(), kek_id);
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();

  int replaced = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    if (entry.leaf.action != AuditAction::kCustodyReplaced) continue;
    ++replaced;
    EXPECT_EQ(entry.leaf.origin.principal, kOperatorUri);
  }
  EXPECT_EQ(replaced, 1);
}

TEST_F(CustodyChangeTest, TheNewCustodiansUnseal) {
  const std::string kek_id = Propose(3, {"alice", "dave", "erin"});
  std::vector<std::string> shares;
  for (const char* name : {"alice", "dave", "erin"}) {
    const OpenedShare share = ProposedShare(name);
    ASSERT_EQ(Acknowledge(name, share), kOk);
    shares.push_back(share.bytes);
  }
  ASSERT_EQ(Activate(kek_id), kOk);
  ASSERT_EQ(Seal(), kOk);
  EXPECT_EQ(Submit("erin", shares[2]), kOk);
  EXPECT_EQ(Submit("alice", shares[0]), kOk);
  EXPECT_TRUE(Status().sealed());
  EXPECT_EQ(Submit("dave", shares[1]), kOk);
  EXPECT_FALSE(Status().sealed());
  EXPECT_TRUE(TokenIsRead());
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

// A proposal stands in memory alone: nothing of it opens the vault, and a restart, a sealing and an
// operator end it.
TEST_F(CustodyChangeTest, AProposalThatIsNotActivatedChangesNothing) {
  const std::string withdrawn = Propose(2, {"alice", "bob"});
  const OpenedShare alice = ProposedShare("alice");
  EXPECT_EQ(Acknowledge("alice", alice), kOk);
  for (const std::string& none : {std::string(), withdrawn + "0", std::string(32, 'g'),
                                  std::string(32, 'A'), std::string(32, '0')}) {
    EXPECT_EQ(Withdraw(none), kNotProposed) << none;
  }
  EXPECT_EQ(Status().proposed().kek_id(), withdrawn);
  ASSERT_EQ(Withdraw(withdrawn), kOk);
  EXPECT_EQ(Withdraw(withdrawn), kOk);  // changes nothing
  EXPECT_FALSE(Status().has_proposed());
  EXPECT_EQ(Activate(withdrawn), kNotProposed);
  EXPECT_EQ(Acknowledge("alice", alice), kNotProposed);

  const std::string sealed = Propose(2, {"alice", "bob"});
  ASSERT_EQ(Seal(), kOk);
  EXPECT_FALSE(Status().has_proposed());
  EXPECT_EQ(Submit("alice", alice.bytes), kWrong);
  ASSERT_EQ(SubmitOwn("alice"), kOk);
  ASSERT_EQ(SubmitOwn("carol"), kOk);
  EXPECT_EQ(Activate(sealed), kNotProposed);

  const std::string killed = Propose(2, {"alice", "bob"});
  EXPECT_EQ(Acknowledge("alice", ProposedShare("alice")), kOk);
  EXPECT_EQ(Acknowledge("bob", ProposedShare("bob")), kOk);
  vault_.Kill();
  StartVault();
  ASSERT_EQ(SubmitOwn("bob"), kOk);
  ASSERT_EQ(SubmitOwn("carol"), kOk);
  EXPECT_EQ(Activate(killed), kNotProposed);
  EXPECT_TRUE(TokenIsRead());
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

TEST_F(CustodyChangeTest, WhatIsNoCustodyIsNotProposed) {
  admin::v1::ProposeCustodyRequest good;
  good.set_threshold(2);
  for (const char* name : {"alice", "bob"}) {
    admin::v1::NewCustodian& custodian = *good.add_custodians();
    custodian.set_identity(CustodianUri(name));
    custodian.set_certificate(ReadWholeFile(vault_.directory().File(std::string(name) + ".pem")));
  }
  const auto field_of = [&](const admin::v1::ProposeCustodyRequest& request) {
    Call call;
    admin::v1::ProposeCustodyResponse response;
    const grpc::Status status =
        vault_.Custody(kOperatorUri)->ProposeCustody(call, request, &response);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
    return call.field();
  };
  admin::v1::ProposeCustodyRequest bad = good;
  bad.set_threshold(1);
  EXPECT_EQ(field_of(bad), "threshold");
  bad.set_threshold(-2);
  EXPECT_EQ(field_of(bad), "threshold");
  bad = good;
  bad.mutable_custodians(1)->set_identity(CustodianUri("alice"));
  EXPECT_EQ(field_of(bad), "custodians");
  bad = good;
  bad.mutable_custodians(1)->set_identity(kOperatorUri);
  EXPECT_EQ(field_of(bad), "custodians");
  bad = good;
  bad.mutable_custodians(1)->set_certificate(good.custodians(0).certificate());
  EXPECT_EQ(field_of(bad), "certificate");  // alice's name in it
  // The other domain's alice is alice, here and where the vault is made.
  const std::string other = "spiffe://other.example/custodian/alice";
  const PemPair others = vault_.pki().Client(other);
  bad = good;
  bad.mutable_custodians(1)->set_identity(other);
  bad.mutable_custodians(1)->set_certificate(others.certificate);
  EXPECT_EQ(field_of(bad), "custodians");
  WriteWholeFile(vault_.directory().File("other.pem"), others.certificate);
  const Finished made =
      RunToEnd({kDaemon, "--config", vault_.config_path(), "--init", "--operator", kOperatorUri,
                "--threshold", "2", "--out", vault_.directory().path(), "--custodian",
                vault_.AddCustodian("alice"), "--custodian",
                other + "=" + vault_.directory().File("other.pem")},
               vault_.directory().File("init.log"));
  EXPECT_EQ(made.exit_code, 1);
  EXPECT_NE(made.output.find("a person holds one share"), std::string::npos) << made.output;
  EXPECT_FALSE(Status().has_proposed());
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

}  // namespace
}  // namespace cardvault::testing
