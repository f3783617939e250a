#include "cli/protected_call.h"

#include "cli/change_text.h"

namespace cardvault::cli {

using admin::v1::ChangeService;

int ProposeChange(Session& session, const admin::v1::ProposeRequest& request,
                  const std::string& path) {
  admin::v1::ProposeResponse response;
  const int shown = AdminCall<ChangeService, admin::v1::ProposeRequest, admin::v1::ProposeResponse>(
      session, request, &ChangeService::Stub::Propose,
      [](const admin::v1::ProposeResponse& answer) {
        return answer.has_change() ? ProposedText(answer.change()) : "";
      },
      &response);
  return TellMistakes(path, response, shown);
}

}  // namespace cardvault::cli
