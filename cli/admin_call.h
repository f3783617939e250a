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

// One call as `role`: connects, calls, shows what `human` makes of the answer.
template <typename Service, typename Request, typename Response>
int AdminCall(Session& session, const Request& request,
              grpc::Status (Service::Stub::*call)(grpc::ClientContext*, const Request&, Response*),
              std::function<std::string(const Response&)> human, Response* out = nullptr,
              const std::string& role = "operator") {
  const auto channel = session.Connect(role, /*admin=*/true);
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

// Lists the mistakes of a document with file and line. Returns kRefused, or `otherwise` when there
// are none.
template <typename Response>
int TellMistakes(const std::string& path, const Response& response, int otherwise) {
  for (const admin::v1::DocumentMistake& mistake : response.mistakes()) {
    std::cerr << path << ":" << mistake.line() << ": "
              << (mistake.key().empty() ? "" : absl::StrCat(mistake.key(), ": "))
              << mistake.problem() << "\n";
  }
  return response.mistakes().empty() ? otherwise : kRefused;
}

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_ADMIN_CALL_H_
