#include "server/audit_desk.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "audit/checkpoint.h"
#include "audit/note_key.h"
#include "audit/signed_note.h"
#include "audit/tree_proof.h"
#include "audit/tree_shape.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "server/admin_steps.h"
#include "server/audit_text.h"
#include "server/log_export.h"
#include "server/log_filter.h"
#include "server/log_reader.h"
#include "server/log_watch.h"
#include "server/wire/field_checks.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/log_cut.h"
#include "vault/commit/write_set.h"

namespace cardvault {
namespace {

constexpr int32_t kNanosPerSecond = 1'000'000'000;
// Seconds since 1970 up to the year 9999, beyond which entries cannot be exported.
constexpr int64_t kMaxSeconds = 253'402'300'799;

absl::Status Sealed() {
  return FailedPrecondition(ErrorReason::kVaultSealed,
                            "the vault is sealed, and no checkpoint that covers this is kept");
}

absl::StatusOr<absl::Time> TimeOf(const google::protobuf::Timestamp& time, FieldName field) {
  if (time.seconds() < 0 || time.seconds() > kMaxSeconds || time.nanos() < 0 ||
      time.nanos() >= kNanosPerSecond) {
    return InvalidArgument(ErrorReason::kFieldInvalid, field, "not a time from 1970 to 9999");
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

// "A..B": the last entry is meant, as people count.
std::string RangeText(uint64_t first, uint64_t end) { return absl::StrCat(first, "..", end - 1); }

}  // namespace

absl::Status AuditDesk::Tell(const Caller& caller, AuditAction action, std::string object,
                             uint64_t count) {
  AuditLeaf leaf{action};
  leaf.origin = caller.origin;
  leaf.object = std::move(object);
  leaf.count =
      static_cast<uint32_t>(std::clamp<uint64_t>(count, 1, std::numeric_limits<uint32_t>::max()));
  WriteSet set;
  set.leaves.push_back(std::move(leaf));
  return parts_.pipeline.SubmitAndWait(std::move(set)).status;
}

absl::Status AuditDesk::CheckSize(uint64_t size) const {
  if (size <= parts_.pipeline.audit_entry_count()) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, "size", "the log has fewer entries");
}

absl::StatusOr<AuditDesk::SizedNote> AuditDesk::Sign() {
  SizedNote fresh;
  ASSIGN_OR_RETURN(fresh.note, parts_.checkpointer.SignNow());
  ASSIGN_OR_RETURN(const SignedNote note, ParseNote(fresh.note));
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, ParseCheckpoint(note.text));
  fresh.size = checkpoint.size;
  return fresh;
}

absl::StatusOr<AuditDesk::SizedNote> AuditDesk::Kept() {
  ASSIGN_OR_RETURN(std::optional<KeptCheckpoint> kept,
                   ReadKeptCheckpoint(parts_.engine, parts_.pipeline.audit_entry_count()));
  if (!kept.has_value()) return Sealed();
  return SizedNote{std::move(kept->note), kept->size};
}

absl::StatusOr<AuditDesk::Extent> AuditDesk::ExtentOf(const admin::v1::ExportRequest& request) {
  const bool by_time = request.has_since() || request.has_until();
  if (by_time && (request.first() != 0 || request.has_end())) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "since", "sequences or times, not both");
  }
  const uint64_t log_size = parts_.pipeline.audit_entry_count();
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(parts_.engine));
  Extent extent;
  if (request.checkpoint_size() != 0) {
    extent.is_fresh = false;
    extent.size = request.checkpoint_size();
    RETURN_IF_ERROR(WithField(CheckSize(extent.size), "checkpoint_size"));
  } else if (!parts_.keyring.Snapshot().ok()) {
    extent.is_fresh = false;
    ASSIGN_OR_RETURN(SizedNote kept, Kept());
    extent.note = std::move(kept.note);
    extent.size = kept.size;
  } else {
    extent.size = log_size;
  }
  if (request.has_end() && request.end() > extent.size) {
    if (!extent.note.empty() && request.end() <= log_size) return Sealed();
    return InvalidArgument(ErrorReason::kFieldInvalid, "end", "there are fewer entries");
  }
  extent.first = request.first() == 0 ? cut.first : request.first();
  extent.end = request.has_end() ? request.end() : extent.size;
  extent.to_now = extent.is_fresh && !request.has_end() && !request.has_until();
  if (request.has_since()) {
    ASSIGN_OR_RETURN(const absl::Time since, TimeOf(request.since(), "since"));
    ASSIGN_OR_RETURN(extent.first, FirstEntryOf(parts_.engine, since, cut.first, extent.size));
  }
  if (request.has_until()) {
    ASSIGN_OR_RETURN(const absl::Time until, TimeOf(request.until(), "until"));
    ASSIGN_OR_RETURN(extent.end, FirstEntryOf(parts_.engine, until, cut.first, extent.size));
  }
  const uint64_t from = request.consistency_from();
  if (extent.first < cut.first || (from != 0 && from < cut.first)) return EntriesRetired();
  if (extent.first >= extent.end) {
    return NotFound(ErrorReason::kNotFound, "there is no entry from there to there");
  }
  return extent;
}

absl::StatusOr<std::unique_ptr<MessageSource>> AuditDesk::Export(
    const Caller& caller, const admin::v1::ExportRequest& request) {
  ASSIGN_OR_RETURN(LogFilter filter, FilterOf(request));
  ASSIGN_OR_RETURN(Extent extent, ExtentOf(request));
  const uint64_t from = request.consistency_from();
  if (from > extent.size) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "consistency_from",
                           "the checkpoint of this export has fewer entries");
  }
  ASSIGN_OR_RETURN(StreamSlots::Slot slot, exports_.Take(caller.identity.uri));
  RETURN_IF_ERROR(Tell(caller, AuditAction::kAuditExported,
                       absl::StrCat(filter.empty() ? "" : "filtered ",
                                    extent.to_now ? absl::StrCat(extent.first, "..now")
                                                  : RangeText(extent.first, extent.end)),
                       extent.end - extent.first));
  if (extent.is_fresh) {
    ASSIGN_OR_RETURN(SizedNote fresh, Sign());
    extent.note = std::move(fresh.note);
    extent.size = fresh.size;
    if (extent.to_now) extent.end = fresh.size;
  }

  admin::v1::ExportHeader header;
  header.set_origin(parts_.checkpointer.origin());
  header.set_filtered(!filter.empty());
  header.set_first(extent.first);
  header.set_end(extent.end);
  header.set_size(extent.size);
  header.set_checkpoint(std::move(extent.note));
  StoredNodes nodes(parts_.engine);
  if (filter.empty() && extent.first > 0) {
    for (const NodeId& id : CompleteNodesOf({0, extent.first})) {
      ASSIGN_OR_RETURN(const TreeHash hash, nodes.Node(id));
      ShowHashes({hash}, *header.mutable_left());
    }
  }
  if (from > 0 && from < extent.size) {
    ASSIGN_OR_RETURN(const TreeProof proof, BuildConsistencyProof(nodes, from, extent.size));
    header.mutable_consistency()->set_from_size(from);
    ShowHashes(proof, *header.mutable_consistency()->mutable_proof());
  }
  return std::unique_ptr<MessageSource>(std::make_unique<LogExport>(
      parts_.engine, std::move(header), std::move(filter), std::move(slot)));
}

absl::StatusOr<std::unique_ptr<MessageSource>> AuditDesk::Watch(
    const Caller& caller, const admin::v1::WatchEntriesRequest& request) {
  ASSIGN_OR_RETURN(LogFilter filter, FilterOf(request));
  const uint64_t size = parts_.pipeline.audit_entry_count();
  if (request.last_count() > kMaxLastEntries) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "last_count", "above 10,000");
  }
  if (request.first() > size) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "first", "the log has fewer entries");
  }
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(parts_.engine));
  const uint64_t first = request.has_first()
                             ? request.first()
                             : std::max(cut.first, size - std::min(size, request.last_count()));
  if (first < cut.first) return EntriesRetired();
  if (first == size && !request.follow()) {
    return NotFound(ErrorReason::kNotFound, "there is no entry from there to there");
  }
  ASSIGN_OR_RETURN(StreamSlots::Slot slot, watches_.Take(caller.identity.uri));
  RETURN_IF_ERROR(
      Tell(caller, AuditAction::kAuditExported,
           absl::StrCat(filter.empty() ? "tail " : "filtered tail ",
                        request.follow() ? absl::StrCat(first, "..") : RangeText(first, size)),
           size - first));
  return std::unique_ptr<MessageSource>(
      std::make_unique<LogWatch>(parts_.engine, parts_.pipeline, first,
                                 request.follow() ? std::nullopt : std::optional<uint64_t>(size),
                                 std::move(filter), std::move(slot)));
}

absl::StatusOr<admin::v1::GetCheckpointResponse> AuditDesk::GetCheckpoint(
    const Caller& caller, const admin::v1::GetCheckpointRequest&) {
  RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "checkpoint"));
  const bool is_fresh = parts_.keyring.Snapshot().ok();
  ASSIGN_OR_RETURN(SizedNote checkpoint, is_fresh ? Sign() : Kept());
  admin::v1::GetCheckpointResponse response;
  response.set_checkpoint(std::move(checkpoint.note));
  response.set_size(checkpoint.size);
  response.set_fresh(is_fresh);
  return response;
}

absl::StatusOr<admin::v1::ProveInclusionResponse> AuditDesk::ProveInclusion(
    const Caller& caller, const admin::v1::ProveInclusionRequest& request) {
  RETURN_IF_ERROR(CheckSize(request.size()));
  if (request.sequence() >= request.size()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "sequence", "not below the size");
  }
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(parts_.engine));
  if (request.sequence() < cut.first) return EntriesRetired();
  RETURN_IF_ERROR(Tell(caller, AuditAction::kAuditProved,
                       absl::StrCat("inclusion ", request.sequence(), " in ", request.size()), 1));
  StoredNodes nodes(parts_.engine);
  ASSIGN_OR_RETURN(const TreeProof proof,
                   BuildInclusionProof(nodes, request.sequence(), request.size()));
  admin::v1::ProveInclusionResponse response;
  ShowHashes(proof, *response.mutable_proof());
  return response;
}

absl::StatusOr<admin::v1::ProveConsistencyResponse> AuditDesk::ProveConsistency(
    const Caller& caller, const admin::v1::ProveConsistencyRequest& request) {
  RETURN_IF_ERROR(WithField(CheckSize(request.to_size()), "to_size"));
  if (request.from_size() > request.to_size()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "from_size", "above the other size");
  }
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(parts_.engine));
  if (request.from_size() != 0 && request.from_size() < cut.first) return EntriesRetired();
  RETURN_IF_ERROR(Tell(caller, AuditAction::kAuditProved,
                       absl::StrCat("consistency ", request.from_size(), " in ", request.to_size()),
                       1));
  StoredNodes nodes(parts_.engine);
  ASSIGN_OR_RETURN(const TreeProof proof,
                   BuildConsistencyProof(nodes, request.from_size(), request.to_size()));
  admin::v1::ProveConsistencyResponse response;
  ShowHashes(proof, *response.mutable_proof());
  return response;
}

absl::StatusOr<admin::v1::ListCheckpointKeysResponse> AuditDesk::ListKeys(
    const Caller& caller, const admin::v1::ListCheckpointKeysRequest&) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
  RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "checkpoint keys"));
  admin::v1::ListCheckpointKeysResponse response;
  for (const KeyVersionInfo& info : keyring->Inventory()) {
    if (!info.public_key.has_value()) continue;
    ASSIGN_OR_RETURN(const NoteKey key,
                     NoteKey::Make(parts_.checkpointer.origin(), *info.public_key));
    admin::v1::CheckpointKey* const shown = response.add_keys();
    shown->set_version(static_cast<int32_t>(info.version));
    shown->set_verifier_key(key.ToString());
    shown->set_state(std::string(StateName(info.state)));
    *shown->mutable_create_time() = ToTimestamp(info.create_time);
  }
  return response;
}

}  // namespace cardvault
