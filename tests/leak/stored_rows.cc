#include "tests/leak/stored_rows.h"

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "audit/audit_leaf.h"
#include "base/check.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "cardvault/storage/v1/custody.pb.h"
#include "cardvault/storage/v1/keyring.pb.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "cardvault/storage/v1/reencryption.pb.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kRowsPerScan = 10000;
constexpr size_t kKeyringRevisionSize = 8;  // stands before the document
constexpr char kCustodyRow[] = "custody";   // beside it in its table
constexpr char kLogCutRow[] = "log_cut";    // beside the vault's identity

// The message of a row; null where the value is none.
std::unique_ptr<Message> MessageOf(const StoredRow& row) {
  switch (row.table) {
    case Table::kMeta:
      if (row.key == kLogCutRow) return nullptr;  // a number
      if (row.key == "machine") return std::make_unique<storage::v1::MachineRow>();
      if (row.key == "merchant_purge") return std::make_unique<storage::v1::MerchantPurgeRow>();
      CV_CHECK(row.key == "vault");
      return std::make_unique<storage::v1::VaultIdentity>();
    case Table::kRecords:
      return std::make_unique<storage::v1::CardRecord>();
    case Table::kTokenIndex:
      if (row.key[0] == 'r') return std::make_unique<storage::v1::ReuseRow>();
      if (row.key[0] == 'p') return std::make_unique<storage::v1::FingerprintPointerRow>();
      return nullptr;  // listing rows: all is in the key
    case Table::kDue:
      return std::make_unique<storage::v1::DueRow>();
    case Table::kFingerprints:
      return std::make_unique<storage::v1::FingerprintRow>();
    case Table::kEnumeration:
      return std::make_unique<storage::v1::EnumerationRow>();
    case Table::kIdempotency:
      return std::make_unique<storage::v1::IdempotencyRecord>();
    case Table::kPayments:
      if (row.key[0] == 't' || row.key[0] == 'a')
        return std::make_unique<storage::v1::TokenPaymentRow>();
      if (row.key[0] == 'o') return std::make_unique<storage::v1::OpenPaymentRow>();
      if (row.key[0] == 'r') return std::make_unique<storage::v1::RefundRow>();
      if (row.key[0] == 'g') return std::make_unique<storage::v1::RefundGuardRow>();
      if (row.key[0] == 'i' || row.key[0] == 'm' || row.key[0] == 'u') {
        return std::make_unique<storage::v1::PaymentIndexRow>();
      }
      if (row.key[0] == 'v') return std::make_unique<storage::v1::ReviewRow>();
      return std::make_unique<storage::v1::PaymentRecord>();
    case Table::kPolicy:
      if (row.key == "roles") return std::make_unique<storage::v1::RoleMapRow>();
      if (absl::StartsWith(row.key, "account/")) return std::make_unique<storage::v1::AccountRow>();
      return std::make_unique<storage::v1::RouteRow>();
    case Table::kCredentials:
      return std::make_unique<storage::v1::CredentialRow>();
    case Table::kKeys:
      if (row.key == "reencryption") return std::make_unique<storage::v1::ReencryptionRow>();
      if (row.key == kCustodyRow) return std::make_unique<storage::v1::CustodyRecord>();
      return std::make_unique<storage::v1::KeyringDocument>();
    case Table::kAuditLeaves:
    case Table::kAuditNodes:
    case Table::kAuditCheckpoints:
      return nullptr;
  }
  return nullptr;
}

// Called with each field that is set: its name, and the message that holds it.
using Visitor = std::function<void(const std::string& name, const Message& message,
                                   const FieldDescriptor& field, int index)>;

void Visit(const Message& message, const std::string& prefix, const Visitor& visitor) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  CV_CHECK(reflection.GetUnknownFields(message).empty());
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = absl::StrCat(prefix, ".", field->name());
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        visitor(name, message, *field, field->is_repeated() ? i : -1);
      } else {
        Visit(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                   : reflection.GetMessage(message, field),
              name, visitor);
      }
    }
  }
}

std::string TextOf(const Message& message, const FieldDescriptor& field, int index) {
  std::string scratch;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  return index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                   : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
}

// Numbers of the stored messages; none of them is repeated or signed beyond 64 bits.
std::string NumberOf(const Message& message, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return absl::StrCat(reflection.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat(reflection.GetEnumValue(message, &field));
    default:
      CV_CHECK(false);
      return "";
  }
}

// The messages that a row's value consists of; none where it is not of messages.
std::vector<std::unique_ptr<Message>> Parse(const StoredRow& row) {
  std::vector<std::unique_ptr<Message>> messages;
  std::unique_ptr<Message> message = MessageOf(row);
  if (message == nullptr) return messages;
  const absl::string_view value = row.value;
  const bool is_keyring = row.table == Table::kKeys && row.key == "keyring";
  const size_t start = is_keyring ? kKeyringRevisionSize : 0;
  CV_CHECK(message->ParseFromArray(value.data() + start, static_cast<int>(value.size() - start)));
  if (is_keyring) {
    // Its body is kept as the bytes that its MAC covers.
    auto body = std::make_unique<storage::v1::KeyringBody>();
    CV_CHECK(
        body->ParseFromString(static_cast<const storage::v1::KeyringDocument&>(*message).body()));
    messages.push_back(std::move(body));
  }
  messages.push_back(std::move(message));
  return messages;
}

AuditEntry EntryOf(const StoredRow& row) {
  absl::StatusOr<AuditEntry> entry = DecodeEntry(row.value);
  CV_CHECK(entry.ok());
  return *std::move(entry);
}

}  // namespace

std::vector<StoredRow> ReadAllRows(const std::string& data_directory) {
  RocksDbOptions options;
  options.path = data_directory;
  auto engine = OpenRocksDbEngine(options);
  CV_CHECK(engine.ok());
  std::vector<StoredRow> all;
  for (int number = 0; number < kTableCount; ++number) {
    const Table table = static_cast<Table>(number);
    std::string first_key;
    for (;;) {
      auto rows = (*engine)->Scan(table, first_key, "", kRowsPerScan);
      CV_CHECK(rows.ok());
      if (rows->empty()) break;
      for (KeyedRow& row : *rows) {
        all.push_back({table, std::move(row.key), std::move(row.row.value)});
      }
      first_key = all.back().key + '\0';
    }
  }
  return all;
}

std::vector<StoredField> FieldsOf(const StoredRow& row) {
  std::vector<StoredField> fields = {{"key", row.key}, {"value", row.value}};
  if (row.table == Table::kAuditLeaves) {
    const AuditEntry entry = EntryOf(row);
    const AuditOrigin& origin = entry.leaf.origin;
    fields.push_back({"principal", origin.principal});
    fields.push_back({"role", origin.role});
    fields.push_back({"address", origin.address});
    fields.push_back({"object", entry.leaf.object});
    return fields;
  }
  for (const std::unique_ptr<Message>& message : Parse(row)) {
    Visit(*message, message->GetDescriptor()->name(),
          [&](const std::string& name, const Message& holder, const FieldDescriptor& field,
              int index) {
            if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return;
            fields.push_back({name, TextOf(holder, field, index)});
          });
  }
  return fields;
}

std::string ShapeOf(const StoredRow& row) {
  const absl::string_view table = TableName(row.table);
  if (row.table == Table::kAuditLeaves) {
    const AuditLeaf leaf = EntryOf(row).leaf;
    return absl::StrCat(table, " ", static_cast<int>(leaf.action), " ",
                        static_cast<int>(leaf.outcome), " ", static_cast<int>(leaf.reason), " ",
                        leaf.origin.principal, " ", leaf.origin.role, " ", leaf.object.size(), " ",
                        leaf.key_version, " ", leaf.count);
  }
  std::string shape = absl::StrCat(table, " key ", row.key.size());
  const std::vector<std::unique_ptr<Message>> messages = Parse(row);
  if (messages.empty()) absl::StrAppend(&shape, " value ", row.value.size());
  for (const std::unique_ptr<Message>& message : messages) {
    Visit(*message, "",
          [&](const std::string& name, const Message& holder, const FieldDescriptor& field,
              int index) {
            absl::StrAppend(&shape, " ", name);
            if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
              absl::StrAppend(&shape, "[", TextOf(holder, field, index).size(), "]");
            } else if (!absl::EndsWith(name, "_micros")) {
              absl::StrAppend(&shape, "=", NumberOf(holder, field));
            }
          });
  }
  return shape;
}

}  // namespace cardvault::testing
