#include "cli/custodian_session.h"

#include <iostream>
#include <optional>
#include <utility>

#include "cardvault/admin/v1/custody_service.grpc.pb.h"

namespace cardvault::cli {
namespace {

int Refused(const std::string& mistake) {
  std::cerr << "refused: " << mistake << "\n";
  return kRefused;
}

}  // namespace

int OpenShareFor(Session& session, const ShareOptions& options, bool present_alone,
                 ShownShare& shown) {
  std::string mistake;
  std::optional<CustodianShare> share = OpenShare(options, mistake);
  if (!share.has_value()) return Session::Misused(mistake);
  const auto channel = session.Connect(kCustodianRole, /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  admin::v1::GetCustodyStatusResponse status;
  const grpc::Status asked =
      admin::v1::CustodyService::NewStub(channel)->GetCustodyStatus(&context, {}, &status);
  if (!asked.ok()) return session.Refuse(asked, context);
  const admin::v1::Custody* const custody = CustodyOf(*share, status, mistake);
  if (custody == nullptr) return Refused(mistake);
  if (present_alone && custody != &status.present()) {
    return Refused("the share is of the key that is proposed, which is not in force yet");
  }
  shown = {*std::move(share), custody->kek_id()};
  return kOk;
}

}  // namespace cardvault::cli
