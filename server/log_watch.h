#ifndef CARDVAULT_SERVER_LOG_WATCH_H_
#define CARDVAULT_SERVER_LOG_WATCH_H_

#include <cstdint>
#include <optional>

#include "server/log_filter.h"
#include "server/message_source.h"
#include "server/stream_slots.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The messages of one WatchEntries, WatchEntriesResponse: the entries from `first` up to and
// without `end`, or without one for ever, as they are committed; of them what the filter chooses.
class LogWatch final : public MessageSource {
 public:
  // Engine and pipeline outlive this.
  LogWatch(const Engine& engine, const CommitPipeline& pipeline, uint64_t first,
           std::optional<uint64_t> end, LogFilter filter, StreamSlots::Slot slot);

  // Errors as ReadEntries.
  absl::StatusOr<StreamStep> Fill(google::protobuf::Message& message) override;

 private:
  const Engine& engine_;
  const CommitPipeline& pipeline_;
  uint64_t next_;
  const std::optional<uint64_t> end_;
  const LogFilter filter_;
  const StreamSlots::Slot slot_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_LOG_WATCH_H_
