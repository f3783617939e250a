#ifndef CARDVAULT_CLI_PROTECTED_CALL_H_
#define CARDVAULT_CLI_PROTECTED_CALL_H_

#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/change_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/session.h"
#include "cli/words.h"

namespace cardvault::cli {

// Proposes a change and says how another operator approves it. `path` is of its document, "" when
// it has none: mistakes are listed with file and line, and refuse.
int ProposeChange(Session& session, const admin::v1::ProposeRequest& request,
                  const std::string& path = "");

// One call that four eyes protect in production, as an operator: where it cannot take effect by
// itself it is proposed, as the field of Proposal that `as` is.
template <typename Service, typename Request, typename Response>
int ProtectedCall(Session& session, Request& request,
                  grpc::Status (Service::Stub::*call)(grpc::ClientContext*, const Request&,
                                                      Response*),
                  Request* (admin::v1::Proposal::*as)(),
                  std::function<std::string(const Response&)> human, Response* out = nullptr,
                  const std::string& path = "") {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  Response response;
  const auto stub = Service::NewStub(channel);
  const grpc::Status status = ((*stub).*call)(&context, request, &response);
  if (!status.ok() && Session::Reason(context) == "FOUR_EYES") {
    // Swapped and not copied: a secret in it is taken out again by who put it in.
    admin::v1::ProposeRequest proposal;
    Request* const proposed = (proposal.mutable_proposal()->*as)();
    proposed->Swap(&request);
    const int exit_code = ProposeChange(session, proposal, path);
    proposed->Swap(&request);
    return exit_code;
  }
  if (!status.ok()) return session.Refuse(status, context);
  const int shown = session.Show(response, [&] { return human(response); });
  if (out != nullptr) *out = response;
  return shown;
}

// The same of a document from a file; `human` tells of a good one.
template <typename Service, typename Request, typename Response>
int ApplyDocument(Session& session, const std::string& path, bool check_only,
                  grpc::Status (Service::Stub::*call)(grpc::ClientContext*, const Request&,
                                                      Response*),
                  Request* (admin::v1::Proposal::*as)(),
                  std::function<std::string(const Response&)> human) {
  Request request;
  request.set_check_only(check_only);
  if (const std::string problem = ReadTextFile(path, *request.mutable_document());
      !problem.empty()) {
    return Session::Misused(absl::StrCat(path, " ", problem));
  }
  Response response;
  const int shown = ProtectedCall<Service, Request, Response>(
      session, request, call, as,
      [&](const Response& answer) { return answer.mistakes().empty() ? human(answer) : ""; },
      &response, path);
  return TellMistakes(path, response, shown);
}

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_PROTECTED_CALL_H_
