#include "vault/checkpoint/store_verifier.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "vault/engine/engine.h"
#include "vault/engine/rocksdb_reader.h"

namespace cardvault {

Verdict VerifyStore(const StoreRequest& request) {
  const absl::StatusOr<std::unique_ptr<EngineSnapshot>> rows = ReadRocksDb(request.store);
  if (!rows.ok()) {
    const absl::string_view text = rows.status().message();  // a literal of ours
    return {absl::IsDataLoss(rows.status()) ? VerdictWord::kDamaged : VerdictWord::kUnreadable,
            std::string(text.data(), text.size()),
            {request.store, 0, {}}};
  }
  return CheckStoredLog(**rows, request);
}

}  // namespace cardvault
