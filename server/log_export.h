#ifndef CARDVAULT_SERVER_LOG_EXPORT_H_
#define CARDVAULT_SERVER_LOG_EXPORT_H_

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "audit/tree_proof.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "server/log_filter.h"
#include "server/message_source.h"
#include "server/stream_slots.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/engine.h"

namespace cardvault {

// A call gives no more than so many entries, or looks at no more: some ten seconds. Who wants more
// calls again, and others have their turn.
inline constexpr uint64_t kMaxExportedEntries = uint64_t{1} << 20;

// Nodes of the log's tree, read once: proofs of neighbours share nearly all of them. Not
// thread-safe.
class RememberedNodes final : public NodeSource {
 public:
  explicit RememberedNodes(const Engine& engine) : store_(engine) {}

  absl::StatusOr<TreeHash> Node(const NodeId& id) override;

 private:
  StoredNodes store_;
  absl::flat_hash_map<std::pair<uint32_t, uint64_t>, TreeHash> nodes_;
};

// The messages of one Export, ExportResponse: the header, then the entries from its `first` on.
class LogExport final : public MessageSource {
 public:
  // The header is true: its entries are committed, and its size is one that the log had. The engine
  // outlives this.
  LogExport(const Engine& engine, admin::v1::ExportHeader header, LogFilter filter,
            StreamSlots::Slot slot, uint64_t max_entries = kMaxExportedEntries);

  // Errors as ReadEntries and NodeSource.
  absl::StatusOr<StreamStep> Fill(google::protobuf::Message& message) override;

 private:
  absl::Status FillRange(admin::v1::ExportResponse& response);
  absl::Status FillFiltered(admin::v1::ExportResponse& response);

  const Engine& engine_;
  const admin::v1::ExportHeader header_;
  const LogFilter filter_;
  const StreamSlots::Slot slot_;
  const uint64_t max_entries_;
  RememberedNodes nodes_;
  bool began_ = false;
  uint64_t next_;
  uint64_t segment_first_;  // of a range: what is before was sent in whole segments
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_LOG_EXPORT_H_
