#include "tokenizer/card_update.h"

#include <map>
#include <utility>

#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/card_profile.h"
#include "keys/key_purpose.h"
#include "tokenizer/card_view.h"
#include "tokenizer/own_card.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

absl::Status ChangeLabels(const CardUpdate& update, CardRecord& record) {
  std::map<std::string, std::string> labels;
  for (const storage::v1::Label& label : record.labels()) labels[label.key()] = label.value();
  for (const std::string& key : update.remove_labels) labels.erase(key);
  for (const auto& [key, value] : update.set_labels) labels[key] = value;
  if (labels.size() > kMaxLabels) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "set_labels",
                           "a token has at most 16 labels");
  }
  PutLabels(Labels(labels.begin(), labels.end()), record);
  return absl::OkStatus();
}

// Seals the profile again if the update changes it. `profile` is what it is then.
absl::Status ChangeProfile(const CardTables& tables, const CallContext& call,
                           const CardUpdate& update, CardProfile& profile, CardRecord& record,
                           AuditLeaf& leaf, WriteSet& set) {
  if (!update.expiry.has_value() && !update.cardholder_name.has_value()) return absl::OkStatus();
  if (update.expiry.has_value()) profile.expiry = *update.expiry;
  if (update.cardholder_name.has_value()) profile.cardholder_name = *update.cardholder_name;
  ASSIGN_OR_RETURN(SealedBytes sealed,
                   CardSealer::SealProfile(tables.keyring(), call.merchant, update.token, profile));
  leaf.key_version = sealed.key_version;
  set.sealed_under.push_back({KeyPurpose::kProfile, sealed.key_version});
  PutSealedProfile(std::move(sealed), record);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Attempt<TokenView>> TryUpdate(const CardTables& tables, const CallContext& call,
                                             const CardUpdate& update, absl::Time now) {
  ASSIGN_OR_RETURN(const StoredCard card, FindOwnCard(tables, call.merchant, update.token, now));
  if (update.revision != card.shown_revision()) {
    return Aborted(ErrorReason::kRevision, "the token was changed since that revision");
  }
  if (update.expiry.has_value() && update.expiry->ExpiredAt(now)) {
    return InvalidArgument(ErrorReason::kExpiryInvalid, "expiry_month", "the card has expired");
  }
  ASSIGN_OR_RETURN(CardProfile profile,
                   CardSealer::OpenProfile(tables.keyring(), call.merchant, update.token,
                                           SealedProfileOf(card.record)));
  Attempt<TokenView> attempt;
  AuditLeaf leaf{
      .action = AuditAction::kTokenUpdated, .origin = call.origin, .object = update.token.text()};
  CardRecord record = card.record;
  RETURN_IF_ERROR(ChangeLabels(update, record));
  RETURN_IF_ERROR(ChangeProfile(tables, call, update, profile, record, leaf, attempt.set));
  record.set_update_micros(absl::ToUnixMicros(now));
  CardRows::Change(update.token, card, record, attempt.set);
  attempt.set.leaves.push_back(std::move(leaf));
  attempt.answer = [view = ViewOf(update.token, record, profile, 0)](uint64_t revision) mutable {
    view.revision = revision;
    return std::move(view);
  };
  return attempt;
}

}  // namespace cardvault
