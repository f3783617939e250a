#include "server/admin_steps.h"

#include <utility>

#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/free_text.h"
#include "server/telling.h"

namespace cardvault {

absl::Status CheckDocument(absl::string_view document) {
  if (!HoldsCardNumber(document)) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kTextInvalid, "document", "the text holds a card number");
}

absl::Status TellOfRead(CommitPipeline& pipeline, const Caller& caller, const char* what) {
  AuditLeaf leaf{AuditAction::kAdminRead};
  leaf.origin = caller.origin;
  leaf.object = what;
  return Tell(pipeline, {std::move(leaf)});
}

void AddMistake(admin::v1::DocumentMistake* out, int line, std::string key, const char* problem) {
  out->set_line(line);
  out->set_key(std::move(key));
  out->set_problem(problem);
}

}  // namespace cardvault
