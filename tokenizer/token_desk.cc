#include "tokenizer/token_desk.h"

#include <cstdint>
#include <string>
#include <utility>

#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/keyring.h"
#include "tokenizer/card_view.h"
#include "tokenizer/commit_loop.h"
#include "tokenizer/own_card.h"
#include "vault/records/card_tables.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

// One try at DisableToken or EnableToken.
absl::StatusOr<Attempt<TokenView>> TryChangeState(const CardTables& tables, const CallContext& call,
                                                  const Token& token, CardRecord::State state,
                                                  absl::Time now) {
  ASSIGN_OR_RETURN(StoredCard card, FindOwnCard(tables, call.merchant, token, now));
  const bool used = card.record.state() == CardRecord::STATE_USED;
  if (used && state == CardRecord::STATE_ACTIVE) {
    return FailedPrecondition(ErrorReason::kTokenUsed, "the single-use token was used");
  }
  ASSIGN_OR_RETURN(TokenView view, OpenView(tables.keyring(), call.merchant, token, card));
  Attempt<TokenView> attempt;
  if (used || card.record.state() == state) {
    attempt.answer = [view = std::move(view)](uint64_t) mutable { return std::move(view); };
    return attempt;
  }
  CardRecord record = card.record;
  record.set_state(state);
  record.set_update_micros(absl::ToUnixMicros(now));
  CardRows::Change(token, card, record, attempt.set);
  attempt.set.leaves.push_back(AuditLeaf{.action = state == CardRecord::STATE_DISABLED
                                                       ? AuditAction::kTokenDisabled
                                                       : AuditAction::kTokenEnabled,
                                         .origin = call.origin,
                                         .object = token.text()});
  view.state = static_cast<TokenState>(state);
  view.update_time = absl::FromUnixMicros(record.update_micros());
  attempt.answer = [view = std::move(view)](uint64_t revision) mutable {
    view.revision = revision;
    return std::move(view);
  };
  return attempt;
}

// One try at DeleteToken.
absl::StatusOr<Attempt<bool>> TryDelete(const CardTables& tables, const CallContext& call,
                                        const Token& token, absl::Time now) {
  ASSIGN_OR_RETURN(const StoredCard card, FindOwnCardOrTombstone(tables, call.merchant, token));
  Attempt<bool> attempt;
  if (card.record.state() == CardRecord::STATE_DELETED) {
    attempt.answer = [](uint64_t) { return false; };
    return attempt;
  }
  RETURN_IF_ERROR(tables.rows().Remove(token, card, now, attempt.set));
  attempt.set.leaves.push_back(AuditLeaf{
      .action = AuditAction::kTokenDeleted, .origin = call.origin, .object = token.text()});
  attempt.answer = [](uint64_t) { return true; };
  return attempt;
}

}  // namespace

// Shared with the calls in flight, which may outlive the desk.
class TokenDesk::Impl {
 public:
  Impl(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
       const Clock& clock, Executor& executor, VaultMode mode)
      : engine_(engine),
        pipeline_(pipeline),
        keyring_(keyring),
        clock_(clock),
        executor_(executor),
        mode_(mode) {}

  absl::StatusOr<std::unique_ptr<const CardTables>> Open() const {
    return CardTables::Open(engine_, keyring_, mode_);
  }
  absl::StatusOr<bool> IsCurrent(const CardTables& tables) const {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
    return tables.row_keys().IsCurrent(*keyring);
  }
  absl::Time Now() const { return clock_.Now(); }

  // Runs `flow`(tables, now) with fresh tables for each try.
  template <typename T, typename Flow>
  static void Run(std::shared_ptr<Impl> self, Flow flow, Done<T> done) {
    CommitPipeline& pipeline = self->pipeline_;
    Executor& executor = self->executor_;
    CommitLoop<T>::Run(
        pipeline, executor,
        [self = std::move(self), flow = std::move(flow)]() -> absl::StatusOr<Attempt<T>> {
          ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables, self->Open());
          return flow(*tables, self->Now());
        },
        std::move(done));
  }

 private:
  const Engine& engine_;
  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  Executor& executor_;
  const VaultMode mode_;
};

TokenDesk::TokenDesk(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                     const Clock& clock, Executor& executor, VaultMode mode)
    : impl_(std::make_shared<Impl>(engine, pipeline, keyring, clock, executor, mode)) {}

TokenDesk::~TokenDesk() = default;

Precondition TokenDesk::Unchanged(const Token& token, uint64_t revision) {
  return Precondition::Unchanged(Table::kRecords, std::string(token.binary()), revision);
}

absl::StatusOr<TokenView> TokenDesk::Get(const CallContext& call, const Token& token) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables, impl_->Open());
  ASSIGN_OR_RETURN(const StoredCard card, FindOwnCard(*tables, call.merchant, token, impl_->Now()));
  return OpenView(tables->keyring(), call.merchant, token, card);
}

absl::StatusOr<TokenPage> TokenDesk::List(const CallContext& call, const TokenFilter& filter,
                                          size_t page_size, absl::string_view page_token) const {
  while (true) {
    ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables, impl_->Open());
    absl::StatusOr<TokenPage> page =
        ListTokens(*tables, call.merchant, filter, page_size, page_token, impl_->Now());
    // Rows may have moved out of sight when the row-index key was rotated meanwhile.
    ASSIGN_OR_RETURN(const bool is_current, impl_->IsCurrent(*tables));
    if (is_current) return page;
  }
}

void TokenDesk::Update(const CallContext& call, CardUpdate update, Done<TokenView> done) {
  Impl::Run<TokenView>(
      impl_,
      [call, update = std::move(update)](const CardTables& tables, absl::Time now) {
        return TryUpdate(tables, call, update, now);
      },
      std::move(done));
}

void TokenDesk::Disable(const CallContext& call, const Token& token, Done<TokenView> done) {
  Impl::Run<TokenView>(
      impl_,
      [call, token](const CardTables& tables, absl::Time now) {
        return TryChangeState(tables, call, token, CardRecord::STATE_DISABLED, now);
      },
      std::move(done));
}

void TokenDesk::Enable(const CallContext& call, const Token& token, Done<TokenView> done) {
  Impl::Run<TokenView>(
      impl_,
      [call, token](const CardTables& tables, absl::Time now) {
        return TryChangeState(tables, call, token, CardRecord::STATE_ACTIVE, now);
      },
      std::move(done));
}

void TokenDesk::Delete(const CallContext& call, const Token& token, Done<bool> done) {
  Impl::Run<bool>(
      impl_,
      [call, token](const CardTables& tables, absl::Time now) {
        return TryDelete(tables, call, token, now);
      },
      std::move(done));
}

}  // namespace cardvault
