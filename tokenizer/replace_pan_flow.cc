#include "tokenizer/replace_pan_flow.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/card_number_policy.h"
#include "card/card_profile.h"
#include "keys/key_purpose.h"
#include "tokenizer/card_view.h"
#include "tokenizer/guarded_answer.h"
#include "tokenizer/own_card.h"
#include "tokenizer/pan_admission.h"
#include "tokenizer/request_digest.h"
#include "tokenizer/request_log.h"
#include "vault/engine/table.h"
#include "vault/records/pan_rows.h"
#include "vault/records/purge_row.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

// Seals the new card into a copy of the record.
absl::StatusOr<CardRecord> Reseal(const CardTables& tables, const TokenizerOptions& options,
                                  const ReplacePanInput& input, const CardRecord& before,
                                  const CardProfile& profile, absl::Time now, WriteSet& set) {
  const MerchantId& merchant = input.call.merchant;
  ASSIGN_OR_RETURN(SealedBytes pan,
                   CardSealer::SealPan(tables.keyring(), merchant, input.token, input.pan));
  ASSIGN_OR_RETURN(SealedBytes sealed_profile,
                   CardSealer::SealProfile(tables.keyring(), merchant, input.token, profile));
  set.sealed_under.push_back({KeyPurpose::kPan, pan.key_version});
  set.sealed_under.push_back({KeyPurpose::kProfile, sealed_profile.key_version});
  set.leaves.push_back(AuditLeaf{.action = AuditAction::kTokenPanReplaced,
                                 .origin = input.call.origin,
                                 .object = input.token.text(),
                                 .key_version = pan.key_version});
  CardRecord record = before;
  PutSealedPan(std::move(pan), record);
  PutSealedProfile(std::move(sealed_profile), record);
  const TruncatedPan shown = input.pan.Truncate(options.bin_length);
  record.set_brand(static_cast<uint32_t>(input.pan.brand()));
  record.set_bin(shown.bin);
  record.set_last_four(shown.last_four);
  record.set_digit_count(static_cast<uint32_t>(shown.digit_count));
  record.set_update_micros(absl::ToUnixMicros(now));
  return record;
}

absl::StatusOr<TokenView> Replace(const CardTables& tables, const TokenizerOptions& options,
                                  const ReplacePanInput& input, const StoredCard& card,
                                  const PanAdmission& pan, absl::Time now, WriteSet& set) {
  const MerchantId& merchant = input.call.merchant;
  CardProfile profile{input.expiry, input.cardholder_name.value_or("")};
  if (!input.cardholder_name.has_value()) {
    ASSIGN_OR_RETURN(CardProfile old,
                     CardSealer::OpenProfile(tables.keyring(), merchant, input.token,
                                             SealedProfileOf(card.record)));
    profile.cardholder_name = std::move(old.cardholder_name);
  }
  ASSIGN_OR_RETURN(const PanEntry entry, pan.Find(set));
  ASSIGN_OR_RETURN(CardRecord record,
                   Reseal(tables, options, input, card.record, profile, now, set));
  if (entry.fingerprint == card.record.fingerprint()) {
    CardRows::Change(input.token, card, record, set);
  } else {
    record.set_fingerprint(entry.fingerprint);
    record.set_pan_generation(card.record.pan_generation() + 1);
    ASSIGN_OR_RETURN(const std::optional<CustomerId> customer, CustomerOf(card.record));
    ASSIGN_OR_RETURN(const ReuseSlot slot,
                     tables.rows().pan_rows().FindSlot(
                         entry, merchant, static_cast<Reuse>(card.record.reuse()), customer, now));
    RETURN_IF_ERROR(tables.rows().ChangePan(input.token, card, record, entry, slot, set));
  }
  return ViewOf(input.token, record, profile, 0);
}

// A request that was answered: the token as it is now.
absl::StatusOr<Attempt<TokenView>> Replay(const CardTables& tables, const ReplacePanInput& input,
                                          const StoredCard& card, WriteSet set) {
  ASSIGN_OR_RETURN(TokenView view,
                   OpenView(tables.keyring(), input.call.merchant, input.token, card));
  Attempt<TokenView> attempt{std::move(set), nullptr};
  attempt.set.preconditions.push_back(
      Precondition::Unchanged(Table::kRecords, std::string(input.token.binary()), card.revision));
  attempt.set.leaves.push_back(AuditLeaf{.action = AuditAction::kTokenMatched,
                                         .origin = input.call.origin,
                                         .object = input.token.text()});
  attempt.answer = [view = std::move(view)](uint64_t) mutable { return std::move(view); };
  return attempt;
}

}  // namespace

absl::StatusOr<Attempt<TokenView>> TryReplacePan(const CardTables& tables,
                                                 const TokenizerOptions& options,
                                                 const ReplacePanInput& input, absl::Time now) {
  const MerchantId& merchant = input.call.merchant;
  // 1. What has nothing to do with the cards of the vault is answered at once.
  RETURN_IF_ERROR(CheckAllowed(input.pan, tables.mode()));
  // A purge that begins meanwhile deletes what is committed, or makes it fail: it is the same card.
  RETURN_IF_ERROR(NoPurgeOf(tables.engine(), merchant).status());
  ASSIGN_OR_RETURN(const StoredCard card, FindOwnCard(tables, merchant, input.token, now));
  ASSIGN_OR_RETURN(
      const RequestLog log,
      RequestLog::Open(tables,
                       {merchant, "replace_pan", input.request_id,
                        [&input](const MacKey& mac) { return ReplacePanDigest(mac, input); }},
                       now));
  if (log.standing() == RequestLog::Standing::kNew) {
    if (input.revision != 0 && input.revision != card.shown_revision()) {
      return Aborted(ErrorReason::kRevision, "the token was changed since that revision");
    }
    if (input.expiry.ExpiredAt(now)) {
      return InvalidArgument(ErrorReason::kExpiryInvalid, "card.expiry_month",
                             "the card has expired");
    }
  }

  // 2. All else may tell which card is there, and is answered when the PAN is counted.
  ASSIGN_OR_RETURN(const PanAdmission pan,
                   PanAdmission::Open(tables, options, merchant, input.pan));
  return AnswerBehindGuard<TokenView>(
      pan, log, {AuditAction::kTokenRefused, input.call.origin, input.token.text()}, now,
      [&](WriteSet counted) -> absl::StatusOr<Attempt<TokenView>> {
        if (log.standing() == RequestLog::Standing::kAnswered) {
          return Replay(tables, input, card, std::move(counted));
        }
        Attempt<TokenView> attempt{std::move(counted), nullptr};
        ASSIGN_OR_RETURN(TokenView view,
                         Replace(tables, options, input, card, pan, now, attempt.set));
        log.Record(input.token, 0, now, options.idempotency_window, attempt.set);
        attempt.answer = [view = std::move(view)](uint64_t revision) mutable {
          view.revision = revision;
          return std::move(view);
        };
        return attempt;
      });
}

}  // namespace cardvault
