#include "tokenizer/card_view.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "base/status.h"
#include "vault/sealing/card_sealer.h"
#include "vault/sealing/sealed_fields.h"

namespace cardvault {

using storage::v1::CardRecord;

TokenView ViewOf(const Token& token, const CardRecord& record, const CardProfile& profile,
                 uint64_t revision) {
  Labels labels;
  for (const storage::v1::Label& label : record.labels()) {
    labels.emplace_back(label.key(), label.value());
  }
  std::optional<absl::Time> delete_time;
  if (record.delete_at_micros() != 0) {
    delete_time = absl::FromUnixMicros(record.delete_at_micros());
  }
  return TokenView{.token = token,
                   .brand = static_cast<Brand>(record.brand()),
                   .truncated = {record.bin(), record.last_four(), record.digit_count()},
                   .profile = profile,
                   .fingerprint = record.fingerprint(),
                   .customer_id = record.customer_id(),
                   .labels = std::move(labels),
                   .state = static_cast<TokenState>(record.state()),
                   .single_use = record.single_use(),
                   .revision = revision,
                   .create_time = absl::FromUnixMicros(record.create_micros()),
                   .update_time = absl::FromUnixMicros(record.update_micros()),
                   .delete_time = delete_time};
}

absl::StatusOr<TokenView> OpenView(const Keyring& keyring, const MerchantId& merchant,
                                   const Token& token, const StoredCard& card) {
  ASSIGN_OR_RETURN(const CardProfile profile,
                   CardSealer::OpenProfile(keyring, merchant, token, SealedProfileOf(card.record)));
  return ViewOf(token, card.record, profile, card.shown_revision());
}

void PutLabels(Labels labels, CardRecord& record) {
  std::sort(labels.begin(), labels.end());
  record.clear_labels();
  for (auto& [key, value] : labels) {
    storage::v1::Label& label = *record.add_labels();
    label.set_key(std::move(key));
    label.set_value(std::move(value));
  }
}

}  // namespace cardvault
