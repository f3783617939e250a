#include "forwarder/ledger/payment_ledger.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "card/base32.h"
#include "forwarder/ledger/ledger_rows.h"
#include "forwarder/ledger/payment_state.h"
#include "keys/key_purpose.h"
#include "keys/mac_key.h"
#include "vault/engine/table.h"
#include "vault/row_keys.h"

namespace cardvault {
namespace {

constexpr absl::string_view kRecordPrefix = "p";
constexpr absl::string_view kTokenPrefix = "t";
constexpr absl::string_view kOpenPrefix = "o";
constexpr absl::string_view kAttemptPrefix = "a";
constexpr absl::string_view kMerchantPrefix = "m";
constexpr absl::string_view kReferencePrefix = "u";
constexpr absl::string_view kReviewPrefix = "v";
constexpr size_t kReferenceSize = 16;  // of the row key: 128 bits tell payments apart
constexpr size_t kRowKeySize = 32;
constexpr size_t kMerchantPositionSize = 8 + kRowKeySize;  // behind the merchant: time, row key

// Eight bytes that sort the largest number first.
std::string NewestFirst(int64_t number) { return BigEndian64(~static_cast<uint64_t>(number)); }

}  // namespace

absl::StatusOr<std::vector<std::string>> PaymentLedger::RowKeys(const Keyring& keyring,
                                                                const MerchantId& merchant,
                                                                const PaymentId& payment_id) {
  RETURN_IF_ERROR(keyring.ActiveMac(KeyPurpose::kRowIndex).status());
  std::vector<std::string> keys;
  for (const std::shared_ptr<const MacKey>& mac : keyring.LiveMacs(KeyPurpose::kRowIndex)) {
    keys.push_back(cardvault::RowKeys(*mac).Payment(merchant, payment_id));
  }
  return keys;
}

absl::StatusOr<std::optional<StoredPayment>> PaymentLedger::Find(
    const Keyring& keyring, const MerchantId& merchant, const PaymentId& payment_id) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, RowKeys(keyring, merchant, payment_id));
  for (const std::string& key : keys) {
    ASSIGN_OR_RETURN(std::optional<StoredPayment> payment, Read(key));
    if (!payment.has_value()) continue;
    if (payment->record.merchant() != merchant.value() ||
        payment->record.payment_id() != payment_id.value()) {
      return DataLoss("a row of the payment ledger is another payment's");
    }
    return payment;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<StoredPayment>> PaymentLedger::Read(absl::string_view row_key) const {
  ASSIGN_OR_RETURN(const std::optional<Row> row,
                   engine_.Get(Table::kPayments, absl::StrCat(kRecordPrefix, row_key)));
  if (!row.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(storage::v1::PaymentRecord record,
                   DecodeLedgerRow<storage::v1::PaymentRecord>(row->value));
  if (!IsPaymentState(record.state())) {
    return DataLoss("a row of the payment ledger has an unknown state");
  }
  return StoredPayment{std::string(row_key), std::move(record), row->revision};
}

Precondition PaymentLedger::Absent(absl::string_view row_key) {
  return Precondition::Absent(Table::kPayments, absl::StrCat(kRecordPrefix, row_key));
}

Precondition PaymentLedger::Unchanged(const StoredPayment& payment) {
  return Precondition::Unchanged(Table::kPayments, absl::StrCat(kRecordPrefix, payment.row_key),
                                 payment.revision);
}

void PaymentLedger::Put(const StoredPayment& payment, WriteSet& set) {
  const storage::v1::PaymentRecord& record = payment.record;
  set.puts.push_back(
      {Table::kPayments, absl::StrCat(kRecordPrefix, payment.row_key), EncodeLedgerRow(record)});
  std::string review_key = absl::StrCat(kReviewPrefix, payment.row_key);
  if (record.needs_review()) {
    set.puts.push_back(
        {Table::kPayments, std::move(review_key), EncodeLedgerRow(storage::v1::ReviewRow())});
  } else {
    set.deletes.push_back({Table::kPayments, std::move(review_key)});
  }
  std::string open_key = absl::StrCat(kOpenPrefix, payment.row_key);
  // A notification may end a payment before the answer that its attempt waits for: a restart must
  // find that attempt.
  if (!IsOpen(static_cast<PaymentState>(record.state())) && !record.awaiting_answer()) {
    set.deletes.push_back({Table::kPayments, std::move(open_key)});
    return;
  }
  storage::v1::OpenPaymentRow open;
  open.set_state(record.state());
  open.set_awaiting_answer(record.awaiting_answer());
  open.set_update_micros(record.update_micros());
  set.puts.push_back({Table::kPayments, std::move(open_key), EncodeLedgerRow(open)});
}

void PaymentLedger::PutTokenRow(const Token& token, const StoredPayment& payment, absl::Time time,
                                WriteSet& set) {
  storage::v1::TokenPaymentRow row;
  row.set_time_micros(absl::ToUnixMicros(time));
  set.puts.push_back({Table::kPayments, absl::StrCat(kTokenPrefix, token.binary(), payment.row_key),
                      EncodeLedgerRow(row)});
  set.puts.push_back({Table::kPayments, absl::StrCat(kAttemptPrefix, token.binary()),
                      EncodeLedgerRow(std::move(row))});
}

absl::StatusOr<std::vector<PaymentLedger::OpenPayment>> PaymentLedger::ScanOpen(
    absl::string_view after, size_t max_count) const {
  ASSIGN_OR_RETURN(std::vector<KeyedRow> rows,
                   ScanLedgerRows(engine_, std::string(kOpenPrefix), after, max_count));
  std::vector<OpenPayment> payments;
  for (KeyedRow& row : rows) {
    ASSIGN_OR_RETURN(storage::v1::OpenPaymentRow open,
                     DecodeLedgerRow<storage::v1::OpenPaymentRow>(row.row.value));
    payments.push_back({std::move(row.key), std::move(open)});
  }
  return payments;
}

absl::StatusOr<std::vector<std::string>> PaymentLedger::ScanToken(const Token& token,
                                                                  absl::string_view after,
                                                                  size_t max_count) const {
  ASSIGN_OR_RETURN(
      std::vector<KeyedRow> rows,
      ScanLedgerRows(engine_, absl::StrCat(kTokenPrefix, token.binary()), after, max_count));
  std::vector<std::string> row_keys;
  for (KeyedRow& row : rows) {
    RETURN_IF_ERROR(DecodeLedgerRow<storage::v1::TokenPaymentRow>(row.row.value).status());
    row_keys.push_back(std::move(row.key));
  }
  return row_keys;
}

absl::Status PaymentLedger::PutMerchantRow(const Keyring& keyring, const StoredPayment& payment,
                                           WriteSet& set) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac,
                   keyring.ActiveMac(KeyPurpose::kRowIndex));
  ASSIGN_OR_RETURN(const MerchantId merchant,
                   MerchantId::Parse(payment.record.merchant(), "merchant"));
  set.puts.push_back({Table::kPayments,
                      absl::StrCat(kMerchantPrefix, cardvault::RowKeys(*mac).Merchant(merchant),
                                   NewestFirst(payment.record.create_micros()), payment.row_key),
                      EncodeLedgerRow(storage::v1::MerchantPaymentRow())});
  return absl::OkStatus();
}

absl::Status PaymentLedger::PutReferenceRow(const Keyring& keyring, const StoredPayment& payment,
                                            WriteSet& set) {
  const storage::v1::PaymentRecord& record = payment.record;
  if (record.upstream_reference() == record.payment_id()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::shared_ptr<const MacKey> mac,
                   keyring.ActiveMac(KeyPurpose::kRowIndex));
  ASSIGN_OR_RETURN(const MerchantId merchant, MerchantId::Parse(record.merchant(), "merchant"));
  ASSIGN_OR_RETURN(const RouteName route, RouteName::Parse(record.route(), "route"));
  storage::v1::ReferenceRow row;
  row.set_row_key(payment.row_key);
  set.puts.push_back(
      {Table::kPayments,
       absl::StrCat(kReferencePrefix, cardvault::RowKeys(*mac).Reference(
                                          merchant, route, record.upstream_reference())),
       EncodeLedgerRow(std::move(row))});
  return absl::OkStatus();
}

absl::StatusOr<std::optional<StoredPayment>> PaymentLedger::FindByReference(
    const Keyring& keyring, const MerchantId& merchant, const RouteName& route,
    absl::string_view reference) const {
  const absl::StatusOr<PaymentId> payment_id = PaymentId::Parse(reference, "payment_id");
  std::optional<StoredPayment> payment;
  if (payment_id.ok()) {
    ASSIGN_OR_RETURN(payment, Find(keyring, merchant, *payment_id));
  }
  for (const std::shared_ptr<const MacKey>& mac : keyring.LiveMacs(KeyPurpose::kRowIndex)) {
    if (payment.has_value()) break;
    ASSIGN_OR_RETURN(const std::optional<Row> found,
                     engine_.Get(Table::kPayments,
                                 absl::StrCat(kReferencePrefix, cardvault::RowKeys(*mac).Reference(
                                                                    merchant, route, reference))));
    if (!found.has_value()) continue;
    ASSIGN_OR_RETURN(const storage::v1::ReferenceRow row,
                     DecodeLedgerRow<storage::v1::ReferenceRow>(found->value));
    ASSIGN_OR_RETURN(payment, Read(row.row_key()));
  }
  // A payment_id is no order id where the payment went upstream under another one.
  if (payment.has_value() &&
      (payment->record.merchant() != merchant.value() || payment->record.route() != route.value() ||
       payment->record.upstream_reference() != reference)) {
    return std::nullopt;
  }
  return payment;
}

absl::StatusOr<std::vector<std::string>> PaymentLedger::ScanReview(absl::string_view after,
                                                                   size_t max_count) const {
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   ScanLedgerRows(engine_, std::string(kReviewPrefix), after, max_count));
  std::vector<std::string> row_keys;
  for (const KeyedRow& row : rows) row_keys.push_back(row.key);
  return row_keys;
}

absl::StatusOr<std::vector<std::string>> PaymentLedger::ScanMerchant(const Keyring& keyring,
                                                                     const MerchantId& merchant,
                                                                     absl::string_view after,
                                                                     size_t max_count) const {
  std::vector<std::string> positions;
  // A newer key's payments are newer, so one key's after the other's stand in the order of time.
  for (const std::shared_ptr<const MacKey>& mac : keyring.LiveMacs(KeyPurpose::kRowIndex)) {
    const std::string version = NewestFirst(mac->version());
    absl::string_view rest;
    if (!after.empty()) {
      if (after.substr(0, version.size()) > version) continue;
      if (after.substr(0, version.size()) == version) rest = after.substr(version.size());
    }
    ASSIGN_OR_RETURN(
        const std::vector<KeyedRow> rows,
        ScanLedgerRows(engine_,
                       absl::StrCat(kMerchantPrefix, cardvault::RowKeys(*mac).Merchant(merchant)),
                       rest, max_count - positions.size(), kMerchantPositionSize));
    for (const KeyedRow& row : rows) positions.push_back(absl::StrCat(version, row.key));
    if (positions.size() == max_count) break;
  }
  return positions;
}

absl::string_view PaymentLedger::RowKeyOf(absl::string_view merchant_position) {
  return merchant_position.substr(merchant_position.size() - kRowKeySize);
}

absl::StatusOr<uint64_t> PaymentLedger::LastAttempt(const Token& token) const {
  ASSIGN_OR_RETURN(const std::optional<Row> row,
                   engine_.Get(Table::kPayments, absl::StrCat(kAttemptPrefix, token.binary())));
  if (!row.has_value()) return uint64_t{0};
  RETURN_IF_ERROR(DecodeLedgerRow<storage::v1::TokenPaymentRow>(row->value).status());
  return row->revision;
}

std::string PaymentAuditReference(absl::string_view row_key) {
  return absl::StrCat("pay_", Base32Lower(row_key.substr(0, kReferenceSize)));
}

}  // namespace cardvault
