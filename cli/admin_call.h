#ifndef CARDVAULT_CLI_ADMIN_CALL_H_
#define CARDVAULT_CLI_ADMIN_CALL_H_

#include <functional>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/system_service.pb.h"
#include "cli/session.h"
#include "cli/words.h"

namespace cardvault::cli {

// One call as an operator: connects, calls, shows what `human` makes of the answer.
template <typename Service, typename Request, typename Response>
int AdminCall(Session& session, const Request& request,
              grpc::Status (Service::Stub::*call)(grpc::ClientContext*, const Request&, Response*),
              std::function<std::string(const Response&)> human, Response* out = nullptr) {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  Response response;
  const auto stub = Service::NewStub(channel);
  const grpc::Status status = ((*stub).*call)(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  const int shown = session.Show(response, [&] { return human(response); });
  if (out != nullptr) *out = response;
  return shown;
}

// Applies a document from a file; `human` tells of a good one. Mistakes are listed with file and
// line, and refuse.
template <typename Service, typename Request, typename Response>
int ApplyDocument(Session& session, const std::string& path, bool check_only,
                  grpc::Status (Service::Stub::*call)(grpc::ClientContext*, const Request&,
                                                      Response*),
                  std::function<std::string(const Response&)> human) {
  Request request;
  request.set_check_only(check_only);
  if (const std::string problem = ReadTextFile(path, *request.mutable_document());
      !problem.empty()) {
    return Session::Misused(absl::StrCat(path, " ", problem));
  }
  Response response;
  const int shown = AdminCall<Service, Request, Response>(
      session, request, call,
      [&](const Response& answer) { return answer.mistakes().empty() ? human(answer) : ""; },
      &response);
  for (const auto& mistake : response.mistakes()) {
    std::cerr << path << ":" << mistake.line() << ": "
              << (mistake.key().empty() ? "" : absl::StrCat(mistake.key(), ": "))
              << mistake.problem() << "\n";
  }
  return response.mistakes().empty() ? shown : kRefused;
}

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_ADMIN_CALL_H_
