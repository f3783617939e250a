#include "tokenizer/testing/consistency.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"
#include "vault/records/due_rows.h"
#include "vault/records/index_keys.h"
#include "vault/records/pan_rows.h"
#include "vault/records/reuse.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;
using storage::v1::EnumerationRow;
using storage::v1::FingerprintPointerRow;
using storage::v1::FingerprintRow;
using storage::v1::IdempotencyRecord;
using storage::v1::ReuseRow;

template <typename T>
T Must(absl::StatusOr<T> value) {
  CV_CHECK(value.ok());
  return *std::move(value);
}

std::map<std::string, std::string> All(const Engine& engine, Table table) {
  std::map<std::string, std::string> rows;
  for (KeyedRow& row : Must(engine.Scan(table, "", "", 1000000))) {
    rows[row.key] = std::move(row.row.value);
  }
  return rows;
}

class Checker {
 public:
  explicit Checker(const CardTables& tables)
      : tables_(tables),
        index_(All(tables.engine(), Table::kTokenIndex)),
        fingerprints_(All(tables.engine(), Table::kFingerprints)),
        due_(All(tables.engine(), Table::kDue)) {}

  std::string Check() {
    for (const auto& [key, value] : All(tables_.engine(), Table::kRecords)) {
      TakeRecord(key, Must(DecodeRow<CardRecord>(value)));
    }
    for (const auto& [key, record] : live_) TakePanRows(record);
    CheckSlots();
    CheckWindows();
    if (!index_.empty()) {
      Complain(
          absl::StrCat("token_index has a stray row of kind ", index_.begin()->first.substr(0, 1)));
    }
    if (!fingerprints_.empty()) Complain("fingerprints has a stray row");
    if (!due_.empty()) Complain("due has a stray row");
    return complaint_;
  }

 private:
  void Complain(const std::string& text) {
    if (complaint_.empty()) complaint_ = text;
  }

  // Takes an expected row out; what is left at the end is stray.
  std::string Take(std::map<std::string, std::string>& rows, const std::string& key,
                   absl::string_view what) {
    const auto found = rows.find(key);
    if (found == rows.end()) {
      Complain(absl::StrCat(what, " is missing"));
      return "";
    }
    std::string value = std::move(found->second);
    rows.erase(found);
    return value;
  }

  // A row that stands under one live version of the row-index key; under two it is stray.
  template <typename KeyOf>
  void TakeKeyed(KeyOf key_of, absl::string_view what) {
    for (const RowKeys& row_keys : tables_.row_keys().newest_first()) {
      if (index_.erase(key_of(IndexKeys(row_keys))) == 1) return;
    }
    Complain(absl::StrCat(what, " is missing"));
  }

  void TakeRecord(const std::string& key, CardRecord record) {
    if (record.state() == CardRecord::STATE_DELETED) {
      CardRecord bare;
      bare.set_format_version(record.format_version());
      bare.set_merchant(record.merchant());
      bare.set_state(record.state());
      bare.set_create_micros(record.create_micros());
      bare.set_update_micros(record.update_micros());
      if (bare.SerializeAsString() != record.SerializeAsString()) {
        Complain("a tombstone holds more than a tombstone may");
      }
      return;
    }
    const Token token = Must(TokenOfBytes(tables_.mode(), key));
    const MerchantId merchant = Must(MerchantOf(record));
    const std::optional<CustomerId> customer = Must(CustomerOf(record));
    const std::string position = ListPosition(record.create_micros(), token);
    TakeKeyed(
        [&](const IndexKeys& keys) { return absl::StrCat(keys.Merchant(merchant), position); },
        "a listing row by merchant");
    if (customer.has_value()) {
      TakeKeyed(
          [&](const IndexKeys& keys) {
            return absl::StrCat(keys.Customer(merchant, *customer), position);
          },
          "a listing row by customer");
    }
    Take(index_, absl::StrCat(IndexKeys::Fingerprint(merchant, record.fingerprint()), position),
         "a listing row by fingerprint");
    if (record.delete_at_micros() != 0) {
      Take(due_, DueKey(record.delete_at_micros(), DueKind::kRetention, key),
           "a due row of retention");
    }
    live_[key] = std::move(record);
  }

  void TakePanRows(const CardRecord& record) {
    if (!seen_.insert({record.merchant(), record.fingerprint()}).second) return;
    const MerchantId merchant = Must(MerchantOf(record));
    const std::string pointer =
        Take(index_, IndexKeys::FingerprintPointer(merchant, record.fingerprint()),
             "a fingerprint pointer");
    if (pointer.empty()) return;
    const std::string bytes = Take(
        fingerprints_, Must(DecodeRow<FingerprintPointerRow>(pointer)).row_key(), "a fingerprint");
    if (bytes.empty()) return;
    const FingerprintRow row = Must(DecodeRow<FingerprintRow>(bytes));
    if (row.fingerprint() != record.fingerprint()) Complain("a pointer leads to another card");
    if (row.merchant_token().empty()) return;
    const auto named = live_.find(row.merchant_token());
    if (named == live_.end()) {
      Complain("a merchant slot names a token that is not there");
    } else if (named->second.fingerprint() != record.fingerprint() ||
               named->second.reuse() != static_cast<uint32_t>(Reuse::kMerchant)) {
      Complain("a merchant slot names a token that takes no part in it");
    }
  }

  bool IsSlotOf(const std::string& key, const CardRecord& record) const {
    const std::optional<CustomerId> customer = Must(CustomerOf(record));
    if (!customer.has_value() || record.reuse() != static_cast<uint32_t>(Reuse::kCustomer)) {
      return false;
    }
    for (const RowKeys& row_keys : tables_.row_keys().newest_first()) {
      if (key == IndexKeys(row_keys).CustomerReuse(Must(MerchantOf(record)), *customer,
                                                   record.fingerprint())) {
        return true;
      }
    }
    return false;
  }

  void CheckSlots() {
    std::vector<std::string> taken;
    std::set<std::string> named_before;
    for (const auto& [key, value] : index_) {
      if (key[0] != 'r') continue;
      taken.push_back(key);
      const auto named = live_.find(Must(DecodeRow<ReuseRow>(value)).token());
      if (named == live_.end()) {
        Complain("a customer slot names a token that is not there");
        continue;
      }
      const CardRecord& record = named->second;
      if (!IsSlotOf(key, record)) {
        Complain("a customer slot names a token that takes no part in it");
      }
      const std::string slot =
          absl::StrCat(record.merchant(), " ", record.customer_id(), " ", record.fingerprint());
      if (!named_before.insert(slot).second) Complain("a customer has two slots for one card");
    }
    for (const std::string& key : taken) index_.erase(key);
  }

  void CheckWindows() {
    for (const auto& [key, value] : All(tables_.engine(), Table::kIdempotency)) {
      Take(due_,
           DueKey(Must(DecodeRow<IdempotencyRecord>(value)).expire_micros(), DueKind::kIdempotency,
                  key),
           "a due row of idempotency");
    }
    std::set<std::string> enumerations;
    for (const auto& [key, value] : All(tables_.engine(), Table::kEnumeration)) {
      CV_CHECK(DecodeRow<EnumerationRow>(value).ok());
      enumerations.insert(key);
    }
    for (auto row = due_.begin(); row != due_.end();) {
      const Due due = Must(ParseDueKey(row->first));
      // One that was left by a row that went to the active version is met by the sweep.
      const bool expected =
          due.kind == DueKind::kEnumeration &&
          (enumerations.erase(due.object) == 1 ||
           Must(RowKeyVersion(due.object, 0)) != tables_.row_keys().active_version());
      row = expected ? due_.erase(row) : std::next(row);
    }
    if (!enumerations.empty()) Complain("a due row of enumeration is missing");
  }

  const CardTables& tables_;
  std::map<std::string, std::string> index_;
  std::map<std::string, std::string> fingerprints_;
  std::map<std::string, std::string> due_;
  std::map<std::string, CardRecord> live_;
  std::set<std::pair<std::string, std::string>> seen_;
  std::string complaint_;
};

}  // namespace

std::string FindInconsistency(const CardTables& tables) { return Checker(tables).Check(); }

}  // namespace cardvault
