#include "forwarder/ledger/payment_index.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "forwarder/ledger/ledger_rows.h"
#include "keys/key_purpose.h"
#include "vault/engine/table.h"
#include "vault/live_scan.h"

namespace cardvault {
namespace {

using storage::v1::PaymentRecord;

absl::string_view Kind(const char& kind) { return {&kind, 1}; }

std::string PaymentKey(const RowKeys& keys, const MerchantId& merchant,
                       const PaymentId& payment_id) {
  return absl::StrCat(Kind(PaymentIndex::kPaymentKind), keys.Payment(merchant, payment_id));
}

std::string MerchantKey(const RowKeys& keys, const MerchantId& merchant) {
  return absl::StrCat(Kind(PaymentIndex::kMerchantKind), keys.Merchant(merchant));
}

std::string ReferenceKey(const RowKeys& keys, const MerchantId& merchant, const RouteName& route,
                         absl::string_view reference) {
  return absl::StrCat(Kind(PaymentIndex::kReferenceKind),
                      keys.Reference(merchant, route, reference));
}

// Sorts the newest first.
std::string PositionOf(const StoredPayment& payment) {
  return absl::StrCat(BigEndian64(~static_cast<uint64_t>(payment.record.create_micros())),
                      payment.row_key);
}

struct Names {
  MerchantId merchant;
  PaymentId payment_id;
  RouteName route;
};

absl::StatusOr<Names> NamesOf(const PaymentRecord& record) {
  absl::StatusOr<MerchantId> merchant = MerchantId::Parse(record.merchant(), "merchant");
  absl::StatusOr<PaymentId> payment_id = PaymentId::Parse(record.payment_id(), "payment_id");
  absl::StatusOr<RouteName> route = RouteName::Parse(record.route(), "route");
  if (!merchant.ok() || !payment_id.ok() || !route.ok()) {
    return DataLoss("a payment's record names an impossible id");
  }
  return Names{*std::move(merchant), *std::move(payment_id), *std::move(route)};
}

// Where the payment's row of a kind stands under `keys`.
absl::StatusOr<std::string> KeyUnder(const RowKeys& keys, char kind, const StoredPayment& payment) {
  ASSIGN_OR_RETURN(const Names names, NamesOf(payment.record));
  switch (kind) {
    case PaymentIndex::kPaymentKind:
      return PaymentKey(keys, names.merchant, names.payment_id);
    case PaymentIndex::kMerchantKind:
      return absl::StrCat(MerchantKey(keys, names.merchant), PositionOf(payment));
    default:
      return ReferenceKey(keys, names.merchant, names.route, payment.record.upstream_reference());
  }
}

std::string LeadingTo(const StoredPayment& payment) {
  storage::v1::PaymentIndexRow row;
  row.set_row_key(payment.row_key);
  return EncodeLedgerRow(std::move(row));
}

}  // namespace

absl::StatusOr<std::optional<StoredPayment>> PaymentIndex::Read(const std::string& key) const {
  ASSIGN_OR_RETURN(std::optional<Row> row, engine_.Get(Table::kPayments, key));
  if (!row.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(StoredPayment payment, PaymentOf({key, *std::move(row)}));
  return payment;
}

absl::StatusOr<std::optional<StoredPayment>> PaymentIndex::FindUnder(
    const LiveRowKeys& keys, const MerchantId& merchant, const PaymentId& payment_id) const {
  for (const RowKeys& row_keys : keys.active_last()) {
    ASSIGN_OR_RETURN(std::optional<StoredPayment> payment,
                     Read(PaymentKey(row_keys, merchant, payment_id)));
    if (!payment.has_value()) continue;
    if (payment->record.merchant() != merchant.value() ||
        payment->record.payment_id() != payment_id.value()) {
      return DataLoss("a row of the payment ledger is another payment's");
    }
    return payment;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<StoredPayment>> PaymentIndex::Find(const KeyringHolder& keyring,
                                                                const MerchantId& merchant,
                                                                const PaymentId& payment_id) const {
  return WhileLive(keyring, [&](const Keyring&, const LiveRowKeys& keys) {
    return FindUnder(keys, merchant, payment_id);
  });
}

absl::StatusOr<std::optional<StoredPayment>> PaymentIndex::FindByReference(
    const KeyringHolder& keyring, const MerchantId& merchant, const RouteName& route,
    absl::string_view reference) const {
  using Found = absl::StatusOr<std::optional<StoredPayment>>;
  const absl::StatusOr<PaymentId> payment_id = PaymentId::Parse(reference, "payment_id");
  // A payment_id is no order id where the payment went upstream under another one, and may then be
  // the order id of another payment.
  const auto is_it = [&](const std::optional<StoredPayment>& payment) {
    return payment.has_value() && payment->record.merchant() == merchant.value() &&
           payment->record.route() == route.value() &&
           payment->record.upstream_reference() == reference;
  };
  return WhileLive(keyring, [&](const Keyring&, const LiveRowKeys& keys) -> Found {
    if (payment_id.ok()) {
      ASSIGN_OR_RETURN(std::optional<StoredPayment> named, FindUnder(keys, merchant, *payment_id));
      if (is_it(named)) return named;
    }
    for (const RowKeys& row_keys : keys.active_last()) {
      ASSIGN_OR_RETURN(std::optional<StoredPayment> referred,
                       Read(ReferenceKey(row_keys, merchant, route, reference)));
      if (is_it(referred)) return referred;
    }
    return std::nullopt;
  });
}

absl::Status PaymentIndex::Add(const Keyring& keyring, const StoredPayment& payment,
                               WriteSet& set) {
  ASSIGN_OR_RETURN(const LiveRowKeys keys, LiveRowKeys::Open(keyring));
  ASSIGN_OR_RETURN(const Names names, NamesOf(payment.record));
  for (const RowKeys& row_keys : keys.newest_first()) {
    set.preconditions.push_back(Precondition::Absent(
        Table::kPayments, PaymentKey(row_keys, names.merchant, names.payment_id)));
  }
  // Callers that begin after a rotation look for the next version's row as well: what stands under
  // the earlier one must have been there when they looked.
  set.sealed_under.push_back({KeyPurpose::kRowIndex, keys.active_version()});
  const RowKeys& active = keys.active();
  set.puts.push_back(
      {Table::kPayments, PaymentKey(active, names.merchant, names.payment_id), LeadingTo(payment)});
  set.puts.push_back({Table::kPayments,
                      absl::StrCat(MerchantKey(active, names.merchant), PositionOf(payment)),
                      LeadingTo(payment)});
  const std::string& reference = payment.record.upstream_reference();
  if (reference == payment.record.payment_id()) return absl::OkStatus();
  set.puts.push_back({Table::kPayments,
                      ReferenceKey(active, names.merchant, names.route, reference),
                      LeadingTo(payment)});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> PaymentIndex::ScanMerchant(const LiveRowKeys& keys,
                                                                    const MerchantId& merchant,
                                                                    absl::string_view after,
                                                                    size_t max_count) const {
  std::vector<std::string> prefixes;
  for (const RowKeys& row_keys : keys.active_last()) {
    prefixes.push_back(MerchantKey(row_keys, merchant));
  }
  return ScanPositions(engine_, Table::kPayments, prefixes, after, max_count, kPositionSize);
}

absl::string_view PaymentIndex::RowKeyOf(absl::string_view merchant_position) {
  return merchant_position.substr(kPositionSize - kPaymentRowKeySize);
}

bool PaymentIndex::IsKeyed(absl::string_view row_key) {
  if (row_key.empty()) return false;
  return row_key[0] == kPaymentKind || row_key[0] == kMerchantKind || row_key[0] == kReferenceKind;
}

absl::StatusOr<StoredPayment> PaymentIndex::PaymentOf(const KeyedRow& row) const {
  ASSIGN_OR_RETURN(const storage::v1::PaymentIndexRow index,
                   DecodeLedgerRow<storage::v1::PaymentIndexRow>(row.row.value));
  ASSIGN_OR_RETURN(std::optional<StoredPayment> payment,
                   PaymentLedger(engine_).Read(index.row_key()));
  if (!payment.has_value()) return DataLoss("the ledger lists a payment that it does not have");
  return *std::move(payment);
}

absl::StatusOr<std::string> PaymentIndex::NewKey(const KeyedRow& row, const RowKeys& earlier,
                                                 const RowKeys& active) const {
  ASSIGN_OR_RETURN(const StoredPayment payment, PaymentOf(row));
  ASSIGN_OR_RETURN(const std::string key, KeyUnder(earlier, row.key[0], payment));
  if (key != row.key) return DataLoss("a row of the payment ledger is another payment's");
  ASSIGN_OR_RETURN(std::string new_key, KeyUnder(active, row.key[0], payment));
  ASSIGN_OR_RETURN(const std::optional<Row> there, engine_.Get(Table::kPayments, new_key));
  if (there.has_value()) return DataLoss("a row of the payment ledger stands under two keys");
  return new_key;
}

absl::Status PaymentIndex::AppendMove(const KeyedRow& row, const RowKeys& earlier,
                                      const RowKeys& active, WriteSet& set) const {
  absl::StatusOr<std::string> new_key = NewKey(row, earlier, active);
  if (!new_key.ok()) {
    ASSIGN_OR_RETURN(const std::optional<Row> now, engine_.Get(Table::kPayments, row.key));
    if (now.has_value()) return new_key.status();
    return Aborted(ErrorReason::kInProgress, "the row was moved while it was read");
  }
  set.preconditions.push_back(Precondition::Unchanged(Table::kPayments, row.key, row.row.revision));
  set.preconditions.push_back(Precondition::Absent(Table::kPayments, *new_key));
  set.deletes.push_back({Table::kPayments, row.key});
  set.puts.push_back({Table::kPayments, *std::move(new_key), row.row.value});
  return absl::OkStatus();
}

}  // namespace cardvault
