#ifndef CARDVAULT_SERVER_CARD_IMPORT_H_
#define CARDVAULT_SERVER_CARD_IMPORT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "cardvault/v1/token_service.pb.h"
#include "server/message_exchange.h"
#include "server/refusal_log.h"
#include "server/stream_slots.h"
#include "server/wire/import_intake.h"
#include "tokenizer/tokenizer.h"
#include "vault/call_context.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// Of one message: some 20 KiB as rows are, and a few milliseconds of work.
inline constexpr size_t kMaxImportRows = 100;
// Rows of one stream that are being committed or whose results wait to be read: half of what one
// batch of the commit thread takes, so that an import leaves room for others.
inline constexpr size_t kMaxRowsUnderWay = 512;
// Imports at once: each holds up to kMaxRowsUnderWay rows.
inline constexpr size_t kMaxImports = 8;

// What imports work with; all outlive them.
struct ImportParts {
  Tokenizer& tokenizer;
  CommitPipeline& pipeline;
  RefusalLog& refusals;
};

// One stream of ImportCards: hands each row to the tokenizer and gathers the results. Thread-safe.
class CardImport final : public MessageExchange, public std::enable_shared_from_this<CardImport> {
 public:
  // `slot` is free again before the caller hears of the end.
  CardImport(CallContext call, const ImportParts& parts, StreamSlots::Slot slot,
             std::function<void()> wake)
      : call_(std::move(call)), parts_(parts), slot_(std::move(slot)), wake_(std::move(wake)) {}

  bool HasRoom() const override;
  absl::Status Take(google::protobuf::Message& message) override;
  bool IsBusy() const override;
  bool Fill(google::protobuf::Message& message) override;
  absl::Status Trouble() const override;
  void Close(const absl::Status& how, absl::AnyInvocable<void() &&> closed) override;

 private:
  absl::Status Start(const v1::ImportSettings& settings);
  void Decided(v1::ImportResult result, absl::StatusOr<TokenizeOutput> output);
  void Answer(v1::ImportResult result);
  // Something under way ended without a result; an error is the vault's.
  void Ended(const absl::Status& status);

  const CallContext call_;
  const ImportParts parts_;
  StreamSlots::Slot slot_;  // until Close
  const std::function<void()> wake_;

  // Of Take alone, until the import is over.
  std::optional<ImportPlan> plan_;
  std::string reference_;  // as the log has it

  mutable absl::Mutex mutex_;
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<v1::ImportResult> results_ ABSL_GUARDED_BY(mutex_);
  absl::Status trouble_ ABSL_GUARDED_BY(mutex_);
  uint64_t counts_[v1::ImportOutcome_ARRAYSIZE] ABSL_GUARDED_BY(mutex_) = {};
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CARD_IMPORT_H_
