#ifndef CARDVAULT_SERVER_ADMIN_STEPS_H_
#define CARDVAULT_SERVER_ADMIN_STEPS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cardvault/admin/v1/system_service.pb.h"
#include "server/caller.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// What administrative RPCs have in common. Thread-safe.

// A document is shown in lists and kept as it is: no card number has a place in it.
// INVALID_ARGUMENT (TEXT_INVALID, "document").
absl::Status CheckDocument(absl::string_view document);

// Commits the entry of a read (admin.read, of `what`) before it is answered, as Tell does. Blocks
// on the commit.
absl::Status TellOfRead(CommitPipeline& pipeline, const Caller& caller, const char* what);

void AddMistake(admin::v1::DocumentMistake* out, int line, std::string key, const char* problem);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_ADMIN_STEPS_H_
