// A1: the entries of CustodyService's RPCs, in success and in failure, as event_rows.cc has them.

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/e2e/custody_fixture.h"
#include "tests/e2e/event_witness.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"

namespace cardvault::testing {
namespace {

std::string Rpc(const char* name) {
  return absl::StrCat("cardvault.admin.v1.CustodyService/", name);
}

class CustodyEventsTest : public CustodyFixture {
 protected:
  template <typename Request>
  void Done(const char* rpc, const std::string& who, const Request& request) {
    witness_.Succeeds<google::protobuf::Empty>(Rpc(rpc), who, request);
  }
  template <typename Request>
  void Refused(const char* rpc, const std::string& who, const Request& request) {
    witness_.Fails(Rpc(rpc), who, request);
  }

  static admin::v1::SubmitShareRequest Submission(const std::string& share) {
    admin::v1::SubmitShareRequest request;
    request.set_share(share);
    return request;
  }
  static admin::v1::AcknowledgeDutiesRequest Acknowledgement(const OpenedShare& share) {
    admin::v1::AcknowledgeDutiesRequest request;
    request.set_kek_id(share.kek_id);
    request.set_share(share.bytes);
    return request;
  }

  EventWitness witness_{vault_};
  const std::string alice_ = CustodianUri("alice");
  const std::string bob_ = CustodianUri("bob");
};

TEST_F(CustodyEventsTest, EachRpcHasTheEntriesOfItsRow) {
  StartVault();
  ASSERT_NO_FATAL_FAILURE(UnsealFirst());
  Done("GetCustodyStatus", kOperatorUri, admin::v1::GetCustodyStatusRequest());
  Done("Seal", kOperatorUri, admin::v1::SealRequest());
  Refused("SubmitShare", alice_, Submission("x"));
  Done("SubmitShare", alice_, Submission(FirstShare("alice").bytes));
  witness_.Succeeds<admin::v1::SubmitShareResponse>(
      Rpc("SubmitShare"), bob_, Submission(FirstShare("bob").bytes),
      "custody.share_taken success - *; vault.unsealed success - *");

  Refused("GetEnvelope", alice_, admin::v1::GetEnvelopeRequest());
  admin::v1::ProposeCustodyRequest propose;
  Refused("ProposeCustody", kOperatorUri, propose);
  propose.set_threshold(2);
  for (const char* const name : {"alice", "bob"}) {
    admin::v1::NewCustodian& custodian = *propose.add_custodians();
    custodian.set_identity(CustodianUri(name));
    custodian.set_certificate(ReadWholeFile(vault_.directory().File(absl::StrCat(name, ".pem"))));
  }
  const auto proposed = witness_.Succeeds<admin::v1::ProposeCustodyResponse>(Rpc("ProposeCustody"),
                                                                             kOperatorUri, propose);
  admin::v1::WithdrawCustodyRequest withdraw;
  withdraw.set_kek_id("00");
  Refused("WithdrawCustody", kOperatorUri, withdraw);
  withdraw.set_kek_id(proposed.proposed().kek_id());
  Done("WithdrawCustody", kOperatorUri, withdraw);

  const auto again = witness_.Succeeds<admin::v1::ProposeCustodyResponse>(Rpc("ProposeCustody"),
                                                                          kOperatorUri, propose);
  Done("GetEnvelope", alice_, admin::v1::GetEnvelopeRequest());
  for (const char* const name : {"alice", "bob"}) {
    OpenedShare share;
    witness_.Aside([&] { share = ProposedShare(name); });
    Done("AcknowledgeDuties", CustodianUri(name), Acknowledgement(share));
    share.bytes = "x";
    Refused("AcknowledgeDuties", CustodianUri(name), Acknowledgement(share));
  }
  admin::v1::ActivateCustodyRequest activate;
  activate.set_kek_id("00");
  Refused("ActivateCustody", kOperatorUri, activate);
  activate.set_kek_id(again.proposed().kek_id());
  Done("ActivateCustody", kOperatorUri, activate);

  witness_.ExpectAllOf("cardvault.admin.v1.CustodyService");
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  witness_.Check(ReadAuditLog(vault_.data_directory()));
}

}  // namespace
}  // namespace cardvault::testing
