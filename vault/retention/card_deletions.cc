#include "vault/retention/card_deletions.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "vault/commit/write_set.h"
#include "vault/records/card_tables.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

// Waves in a row in which nothing could be committed, because each card was changed meanwhile.
constexpr int kMaxLostWaves = 8;

AuditLeaf DeletedLeaf(const Token& token) {
  return AuditLeaf{.action = AuditAction::kTokenDeleted,
                   .origin = {.principal = "cardvaultd", .role = "", .address = ""},
                   .object = token.text()};
}

}  // namespace

// Cards that have no row in common.
struct CardDeletions::Wave {
  struct Card {
    Token token;
    WriteSet set;
  };
  std::vector<Card> cards;
  std::vector<Token> later;
};

absl::StatusOr<CardDeletions::Wave> CardDeletions::Plan(const MerchantId& merchant,
                                                        std::vector<Token> tokens,
                                                        DeletedCards& result) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<const CardTables> tables,
                   CardTables::Open(engine_, keyring_, mode_));
  const absl::Time now = clock_.Now();
  Wave wave;
  absl::flat_hash_set<std::string> fingerprints;
  for (Token& token : tokens) {
    const absl::StatusOr<StoredCard> card = tables->store().FindWithTombstone(merchant, token);
    // A listing row that leads to no card of the merchant's is damage as well.
    if (absl::IsNotFound(card.status()) || absl::IsDataLoss(card.status())) {
      result.unreadable.push_back(std::move(token));
      continue;
    }
    RETURN_IF_ERROR(card.status());
    if (card->record.state() == CardRecord::STATE_DELETED) continue;
    if (!fingerprints.insert(card->record.fingerprint()).second) {
      wave.later.push_back(std::move(token));
      continue;
    }
    WriteSet set;
    const absl::Status removed = tables->rows().Remove(token, *card, now, set);
    if (ReasonOf(removed) == ErrorReason::kInProgress) {
      wave.later.push_back(std::move(token));
    } else if (absl::IsDataLoss(removed)) {
      result.unreadable.push_back(std::move(token));
    } else {
      RETURN_IF_ERROR(removed);
      set.leaves.push_back(DeletedLeaf(token));
      wave.cards.push_back({std::move(token), std::move(set)});
    }
  }
  return wave;
}

std::vector<Token> CardDeletions::Commit(Wave wave, DeletedCards& result) const {
  std::vector<CommitResult> results(wave.cards.size());
  absl::Mutex mutex;  // guards `results` and `open`
  size_t open = wave.cards.size();
  for (size_t i = 0; i < wave.cards.size(); ++i) {
    pipeline_.Submit(std::move(wave.cards[i].set), [&mutex, &results, &open, i](CommitResult got) {
      absl::MutexLock lock(&mutex);
      results[i] = std::move(got);
      --open;
    });
  }
  {
    absl::MutexLock lock(&mutex);
    const auto all_done = [&open] { return open == 0; };
    mutex.Await(absl::Condition(&all_done));
  }
  std::vector<Token> left = std::move(wave.later);
  for (size_t i = 0; i < results.size(); ++i) {
    Token& token = wave.cards[i].token;
    switch (results[i].kind) {
      case CommitResult::Kind::kCommitted:
        result.deleted.push_back(std::move(token));
        break;
      case CommitResult::Kind::kFailed:
        result.status = std::move(results[i].status);
        break;
      case CommitResult::Kind::kConditionFailed:
      case CommitResult::Kind::kSealedUnderStaleKey:
        left.push_back(std::move(token));
        break;
    }
  }
  return left;
}

DeletedCards CardDeletions::Delete(const MerchantId& merchant, std::vector<Token> tokens) const {
  DeletedCards result;
  for (int lost = 0; !tokens.empty() && lost < kMaxLostWaves;) {
    absl::StatusOr<Wave> wave = Plan(merchant, std::move(tokens), result);
    if (!wave.ok()) {
      result.status = wave.status();
      return result;
    }
    const size_t before = result.deleted.size();
    tokens = Commit(*std::move(wave), result);
    if (!result.status.ok()) return result;
    lost = result.deleted.size() > before ? 0 : lost + 1;
  }
  result.contended_count = tokens.size();
  return result;
}

}  // namespace cardvault
