#include "forwarder/ledger/payment_ledger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "base/status.h"
#include "card/base32.h"
#include "forwarder/ledger/ledger_rows.h"
#include "forwarder/ledger/payment_state.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr absl::string_view kRecordPrefix = "p";
constexpr absl::string_view kTokenPrefix = "t";
constexpr absl::string_view kOpenPrefix = "o";
constexpr absl::string_view kAttemptPrefix = "a";
constexpr absl::string_view kReviewPrefix = "v";
constexpr size_t kReferenceSize = 16;  // of the row key: 128 bits tell payments apart

}  // namespace

std::string PaymentLedger::NewRowKey() { return RandomBytes(kPaymentRowKeySize); }

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

Precondition PaymentLedger::Absent(const StoredPayment& payment) {
  return Precondition::Absent(Table::kPayments, absl::StrCat(kRecordPrefix, payment.row_key));
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

absl::StatusOr<std::vector<std::string>> PaymentLedger::ScanReview(absl::string_view after,
                                                                   size_t max_count) const {
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   ScanLedgerRows(engine_, std::string(kReviewPrefix), after, max_count));
  std::vector<std::string> row_keys;
  for (const KeyedRow& row : rows) row_keys.push_back(row.key);
  return row_keys;
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
