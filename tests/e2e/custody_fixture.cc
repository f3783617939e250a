#include "tests/e2e/custody_fixture.h"

#include <memory>
#include <ostream>

#include "absl/strings/escaping.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/secret_bytes.h"
#include "keys/custody/custodian_share.h"
#include "keys/custody/share_envelope.h"
#include "tests/testing/child_process.h"

namespace cardvault::testing {
namespace {

using admin::v1::CustodyService;

OpenedShare Open(const std::string& envelope, const std::string& key_path) {
  const auto document =
      OpenEnvelope(envelope, SecretBytes::CopyOf(ReadWholeFile(key_path)), nullptr);
  CV_CHECK(document.ok());
  const auto share = ParseCustodianShare(*document);
  CV_CHECK(share.ok());
  const absl::string_view bytes = SecretBytesAccess::View(share->share);
  return {std::string(bytes.data(), bytes.size()), absl::BytesToHexString(share->kek_id)};
}

CallResult ResultOf(const grpc::Status& status, const Call& call) {
  if (status.ok()) return {};
  return {status.error_code(), call.reason(), call.field()};
}

}  // namespace

bool operator==(const CallResult& a, const CallResult& b) {
  return a.code == b.code && a.reason == b.reason && a.field == b.field;
}

void PrintTo(const CallResult& result, std::ostream* out) {
  *out << result.code << " " << result.reason << " " << result.field;
}

CallResult Refused(grpc::StatusCode code, const std::string& reason, const std::string& field) {
  return {code, reason, field};
}

OpenedShare CustodyFixture::FirstShare(const std::string& name) const {
  return Open(ReadWholeFile(vault_.share_path(name)), vault_.directory().File(name + ".key"));
}

OpenedShare CustodyFixture::ProposedShare(const std::string& name) const {
  Call call;
  admin::v1::GetEnvelopeResponse response;
  const auto custody = CustodyService::NewStub(vault_.CustodianChannel(name));
  CV_CHECK(custody->GetEnvelope(call, {}, &response).ok());
  return Open(response.envelope(), vault_.directory().File(name + ".key"));
}

CallResult CustodyFixture::Submit(const std::string& name, const std::string& share,
                                  admin::v1::SubmitShareResponse* response) const {
  admin::v1::SubmitShareRequest request;
  request.set_share(share);
  admin::v1::SubmitShareResponse ignored;
  Call call;
  const auto custody = CustodyService::NewStub(vault_.CustodianChannel(name));
  return ResultOf(custody->SubmitShare(call, request, response ? response : &ignored), call);
}

CallResult CustodyFixture::Acknowledge(const std::string& name, const OpenedShare& share) const {
  admin::v1::AcknowledgeDutiesRequest request;
  request.set_kek_id(share.kek_id);
  request.set_share(share.bytes);
  admin::v1::AcknowledgeDutiesResponse response;
  Call call;
  const auto custody = CustodyService::NewStub(vault_.CustodianChannel(name));
  return ResultOf(custody->AcknowledgeDuties(call, request, &response), call);
}

void CustodyFixture::AcknowledgeFirst(std::initializer_list<const char*> names) const {
  for (const char* name : names) {
    ASSERT_EQ(Acknowledge(name, FirstShare(name)), CallResult()) << name;
  }
}

CallResult CustodyFixture::Seal(const std::string& uri) const {
  Call call;
  admin::v1::SealResponse response;
  return ResultOf(vault_.Custody(uri)->Seal(call, {}, &response), call);
}

std::string CustodyFixture::Propose(int threshold, std::initializer_list<const char*> names) {
  admin::v1::ProposeCustodyRequest request;
  request.set_threshold(threshold);
  for (const char* name : names) {
    vault_.AddCustodian(name);
    admin::v1::NewCustodian& custodian = *request.add_custodians();
    custodian.set_identity(CustodianUri(name));
    custodian.set_certificate(ReadWholeFile(vault_.directory().File(std::string(name) + ".pem")));
  }
  vault_.GrantRoles();
  Call call;
  admin::v1::ProposeCustodyResponse response;
  const grpc::Status status =
      vault_.Custody(kOperatorUri)->ProposeCustody(call, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.field();
  return response.proposed().kek_id();
}

CallResult CustodyFixture::Activate(const std::string& kek_id, const std::string& uri) const {
  admin::v1::ActivateCustodyRequest request;
  request.set_kek_id(kek_id);
  Call call;
  admin::v1::ActivateCustodyResponse response;
  return ResultOf(vault_.Custody(uri)->ActivateCustody(call, request, &response), call);
}

CallResult CustodyFixture::Withdraw(const std::string& kek_id) const {
  admin::v1::WithdrawCustodyRequest request;
  request.set_kek_id(kek_id);
  Call call;
  admin::v1::WithdrawCustodyResponse response;
  return ResultOf(vault_.Custody(kOperatorUri)->WithdrawCustody(call, request, &response), call);
}

admin::v1::GetCustodyStatusResponse CustodyFixture::Status() const {
  Call call;
  admin::v1::GetCustodyStatusResponse status;
  EXPECT_TRUE(vault_.Custody(kOperatorUri)->GetCustodyStatus(call, {}, &status).ok());
  return status;
}

void CustodyFixture::UnsealFirst() {
  ASSERT_NO_FATAL_FAILURE(AcknowledgeFirst({"alice", "bob", "carol"}));
  ASSERT_EQ(SubmitOwn("alice"), CallResult());
  ASSERT_EQ(SubmitOwn("bob"), CallResult());
  vault_.GrantRoles();
}

}  // namespace cardvault::testing
