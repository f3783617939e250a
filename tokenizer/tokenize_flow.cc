#include "tokenizer/tokenize_flow.h"

#include <cstdint>
#include <map>
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
#include "tokenizer/card_update.h"
#include "tokenizer/card_view.h"
#include "tokenizer/guarded_answer.h"
#include "tokenizer/pan_admission.h"
#include "tokenizer/request_digest.h"
#include "tokenizer/request_log.h"
#include "tokenizer/token_minter.h"
#include "vault/engine/table.h"
#include "vault/records/index_keys.h"
#include "vault/records/pan_rows.h"
#include "vault/records/purge_row.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

// A single-use token takes no part in reuse, and without a customer there is none by customer.
Reuse EffectiveReuse(const TokenizeInput& input) {
  if (input.single_use) return Reuse::kNone;
  if (input.reuse == Reuse::kCustomer && !input.customer.has_value()) return Reuse::kNone;
  return input.reuse;
}

AuditLeaf Leaf(AuditAction action, const TokenizeInput& input, const Token& token,
               uint32_t key_version) {
  return AuditLeaf{.action = action,
                   .origin = input.call.origin,
                   .object = token.text(),
                   .key_version = key_version};
}

// What is written when a token is answered that was there before, and stays as it is.
void AnswerEarlier(const TokenizeInput& input, const Token& token, const StoredCard& card,
                   WriteSet& set) {
  // Not deleted, disabled or replaced meanwhile.
  set.preconditions.push_back(
      Precondition::Unchanged(Table::kRecords, std::string(token.binary()), card.revision));
  set.leaves.push_back(Leaf(AuditAction::kTokenMatched, input, token, 0));
}

// The recorded answer; of the token as it is now.
absl::StatusOr<Attempt<TokenizeOutput>> Replay(const CardTables& tables, const TokenizeInput& input,
                                               const StoredRequest& answered, absl::Time now,
                                               WriteSet set) {
  ASSIGN_OR_RETURN(const Token token, TokenOfBytes(tables.mode(), answered.record.token()));
  // A token that was deleted since is gone: the request must not bring the card back.
  ASSIGN_OR_RETURN(const StoredCard card, tables.store().Find(input.call.merchant, token));
  if (RetentionPassed(card.record, now)) {
    return NotFound(ErrorReason::kTokenNotFound, "token not found");
  }
  ASSIGN_OR_RETURN(TokenView view, OpenView(tables.keyring(), input.call.merchant, token, card));
  Attempt<TokenizeOutput> attempt{std::move(set), nullptr};
  AnswerEarlier(input, token, card, attempt.set);
  attempt.answer = [output = TokenizeOutput{
                        std::move(view), static_cast<Disposition>(answered.record.disposition()),
                        answered.revision}](uint64_t) mutable { return std::move(output); };
  return attempt;
}

// Brings a profile to what the input says of it. False when it says nothing new.
bool ChangeProfile(const TokenizeInput& input, CardProfile& profile) {
  if (!input.import.has_value()) {  // an expiry gives way to a later one only
    if (!(profile.expiry < input.expiry)) return false;
    profile.expiry = input.expiry;
    return true;
  }
  bool changed = !(profile.expiry == input.expiry);
  profile.expiry = input.expiry;
  if (!input.cardholder_name.empty() && profile.cardholder_name != input.cardholder_name) {
    profile.cardholder_name = input.cardholder_name;
    changed = true;
  }
  return changed;
}

// Sets the labels of an import's row, beside those that are there.
absl::StatusOr<bool> ChangeLabels(const TokenizeInput& input, CardRecord& record) {
  if (!input.import.has_value() || input.labels.empty()) return false;
  std::map<std::string, std::string> labels;
  for (const storage::v1::Label& label : record.labels()) labels[label.key()] = label.value();
  const std::map<std::string, std::string> before = labels;
  for (const auto& [key, value] : input.labels) labels[key] = value;
  if (labels == before) return false;
  if (labels.size() > kMaxLabels) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "labels", "a token has at most 16 labels");
  }
  PutLabels(Labels(labels.begin(), labels.end()), record);
  return true;
}

// An earlier token of the card is the answer, as it is or changed.
absl::StatusOr<TokenizeOutput> Match(const CardTables& tables, const TokenizeInput& input,
                                     const FoundCard& found, absl::Time now, WriteSet& set) {
  const MerchantId& merchant = input.call.merchant;
  const Token& token = found.token;
  const bool imported = input.import.has_value();
  if (imported && input.import->duplicates == Duplicates::kRefuse) {
    return AlreadyExists(ErrorReason::kDuplicate, "card.number", "the card has a token already");
  }
  ASSIGN_OR_RETURN(CardProfile profile,
                   CardSealer::OpenProfile(tables.keyring(), merchant, token,
                                           SealedProfileOf(found.stored.record)));
  CardRecord record = found.stored.record;
  bool changed = false;
  if (!imported || input.import->duplicates == Duplicates::kUpdate) {
    changed = ChangeProfile(input, profile);
    ASSIGN_OR_RETURN(const bool relabelled, ChangeLabels(input, record));
    changed = changed || relabelled;
  }
  if (!changed) {
    AnswerEarlier(input, token, found.stored, set);
    return TokenizeOutput{
        ViewOf(token, found.stored.record, profile, found.stored.shown_revision()),
        Disposition::kExisting, std::nullopt};
  }
  ASSIGN_OR_RETURN(SealedBytes sealed,
                   CardSealer::SealProfile(tables.keyring(), merchant, token, profile));
  const uint32_t key_version = sealed.key_version;
  PutSealedProfile(std::move(sealed), record);
  record.set_update_micros(absl::ToUnixMicros(now));
  CardRows::Change(token, found.stored, record, set);
  set.sealed_under.push_back({KeyPurpose::kProfile, key_version});
  set.leaves.push_back(
      Leaf(imported ? AuditAction::kTokenUpdated : AuditAction::kTokenExpiryUpdated, input, token,
           key_version));
  return TokenizeOutput{ViewOf(token, record, profile, 0),
                        imported ? Disposition::kUpdated : Disposition::kExpiryUpdated,
                        std::nullopt};
}

// Everything of a new record but its sealed fields.
CardRecord NewRecord(const TokenizeInput& input, const TokenizerOptions& options,
                     const PanEntry& entry, absl::Time now) {
  CardRecord record;
  record.set_merchant(input.call.merchant.value());
  record.set_state(CardRecord::STATE_ACTIVE);
  record.set_brand(static_cast<uint32_t>(input.pan.brand()));
  const TruncatedPan shown = input.pan.Truncate(options.bin_length);
  record.set_bin(shown.bin);
  record.set_last_four(shown.last_four);
  record.set_digit_count(static_cast<uint32_t>(shown.digit_count));
  record.set_fingerprint(entry.fingerprint);
  if (input.customer.has_value()) record.set_customer_id(input.customer->value());
  PutLabels(input.labels, record);
  record.set_single_use(input.single_use);
  record.set_reuse(static_cast<uint32_t>(EffectiveReuse(input)));
  record.set_create_micros(absl::ToUnixMicros(now));
  record.set_update_micros(absl::ToUnixMicros(now));
  if (input.retention.has_value()) {
    record.set_delete_at_micros(absl::ToUnixMicros(now + *input.retention));
  }
  record.set_pan_generation(1);
  return record;
}

absl::StatusOr<TokenizeOutput> Create(const CardTables& tables, const TokenizerOptions& options,
                                      const TokenizeInput& input, const PanEntry& entry,
                                      const ReuseSlot& slot, absl::Time now, WriteSet& set) {
  const MerchantId& merchant = input.call.merchant;
  ASSIGN_OR_RETURN(const Token token, TokenMinter::Mint(tables.keyring(), merchant, tables.mode()));
  const CardProfile profile{input.expiry, input.cardholder_name};
  ASSIGN_OR_RETURN(SealedBytes pan,
                   CardSealer::SealPan(tables.keyring(), merchant, token, input.pan));
  ASSIGN_OR_RETURN(SealedBytes sealed_profile,
                   CardSealer::SealProfile(tables.keyring(), merchant, token, profile));
  set.sealed_under.push_back({KeyPurpose::kTokenMac, token.mac_key_version()});
  set.sealed_under.push_back({KeyPurpose::kPan, pan.key_version});
  set.sealed_under.push_back({KeyPurpose::kProfile, sealed_profile.key_version});
  set.leaves.push_back(Leaf(AuditAction::kTokenCreated, input, token, pan.key_version));

  CardRecord record = NewRecord(input, options, entry, now);
  PutSealedPan(std::move(pan), record);
  PutSealedProfile(std::move(sealed_profile), record);
  RETURN_IF_ERROR(tables.rows().Add(token, record, entry, slot, set));
  return TokenizeOutput{ViewOf(token, record, profile, 0), Disposition::kCreated, std::nullopt};
}

// A request that is new: which card is it, and is there a token that answers for it?
absl::StatusOr<Attempt<TokenizeOutput>> MatchOrCreate(
    const CardTables& tables, const TokenizerOptions& options, const TokenizeInput& input,
    const PanAdmission& pan, const RequestLog& log, absl::Time now, WriteSet set) {
  Attempt<TokenizeOutput> attempt{std::move(set), nullptr};
  ASSIGN_OR_RETURN(const PanEntry entry, pan.Find(attempt.set));
  ASSIGN_OR_RETURN(const ReuseSlot slot,
                   tables.rows().pan_rows().FindSlot(entry, input.call.merchant,
                                                     EffectiveReuse(input), input.customer, now));
  // Match it or seal it; record, indexes and audit entries go into one set.
  absl::StatusOr<TokenizeOutput> output =
      slot.card.has_value() ? Match(tables, input, *slot.card, now, attempt.set)
                            : Create(tables, options, input, entry, slot, now, attempt.set);
  if (!output.ok()) return output.status();
  if (input.with_cvv && output->view.state == TokenState::kActive) {
    attempt.set.leaves.push_back(Leaf(AuditAction::kCvvDeposited, input, output->view.token, 0));
  }
  log.Record(output->view.token, static_cast<uint32_t>(output->disposition), now,
             options.idempotency_window, attempt.set);
  attempt.answer = [output = *std::move(output)](uint64_t revision) mutable {
    if (output.disposition != Disposition::kExisting) output.view.revision = revision;
    return std::move(output);
  };
  return attempt;
}

}  // namespace

absl::StatusOr<Attempt<TokenizeOutput>> TryTokenize(const CardTables& tables,
                                                    const TokenizerOptions& options,
                                                    const TokenizeInput& input, absl::Time now) {
  const MerchantId& merchant = input.call.merchant;
  // 1. What has nothing to do with the cards of the vault is answered at once.
  RETURN_IF_ERROR(CheckAllowed(input.pan, tables.mode()));
  ASSIGN_OR_RETURN(const Precondition no_purge, NoPurgeOf(tables.engine(), merchant));
  ASSIGN_OR_RETURN(
      const RequestLog log,
      RequestLog::Open(
          tables,
          {merchant, input.import.has_value() ? "import" : "tokenize", input.request_id,
           [&input](const MacKey& mac) { return TokenizeDigest(mac, input); }},
          now));
  const bool may_be_expired = input.import.has_value() && input.import->accept_expired;
  if (log.standing() == RequestLog::Standing::kNew && !may_be_expired &&
      input.expiry.ExpiredAt(now)) {
    return InvalidArgument(ErrorReason::kExpiryInvalid, "card.expiry_month",
                           "the card has expired");
  }

  // 2. All else may tell which card is there, and is answered when the PAN is counted.
  TokenizerOptions guarded = options;
  if (input.import.has_value()) guarded.enumeration_limit = options.import_enumeration_limit;
  ASSIGN_OR_RETURN(const PanAdmission pan,
                   PanAdmission::Open(tables, guarded, merchant, input.pan));
  return AnswerBehindGuard<TokenizeOutput>(
      pan, log, {AuditAction::kTokenizeRefused, input.call.origin, ""}, now, [&](WriteSet counted) {
        counted.preconditions.push_back(no_purge);
        return log.standing() == RequestLog::Standing::kAnswered
                   ? Replay(tables, input, log.answered(), now, std::move(counted))
                   : MatchOrCreate(tables, options, input, pan, log, now, std::move(counted));
      });
}

}  // namespace cardvault
