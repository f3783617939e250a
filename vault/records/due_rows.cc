#include "vault/records/due_rows.h"

#include "absl/strings/str_cat.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

constexpr size_t kTimeSize = 8;

}  // namespace

std::string DueKey(int64_t time_micros, DueKind kind, absl::string_view object) {
  const char kind_byte = static_cast<char>(kind);
  return absl::StrCat(BigEndian64(static_cast<uint64_t>(time_micros)),
                      absl::string_view(&kind_byte, 1), object);
}

absl::StatusOr<Due> ParseDueKey(absl::string_view key) {
  if (key.size() <= kTimeSize + 1) return DataLoss("a due row's key is too short");
  const auto kind = static_cast<uint8_t>(key[kTimeSize]);
  if (kind < static_cast<uint8_t>(DueKind::kRetention) ||
      kind > static_cast<uint8_t>(DueKind::kEnumeration)) {
    return DataLoss("a due row has an unknown kind");
  }
  return Due{static_cast<int64_t>(ReadBigEndian64(key.substr(0, kTimeSize))),
             static_cast<DueKind>(kind), std::string(key.substr(kTimeSize + 1))};
}

std::string DueKeyAfter(int64_t time_micros) {
  return BigEndian64(static_cast<uint64_t>(time_micros) + 1);
}

void PutDue(int64_t time_micros, DueKind kind, absl::string_view object, WriteSet& set) {
  set.puts.push_back(
      {Table::kDue, DueKey(time_micros, kind, object), EncodeRow(storage::v1::DueRow())});
}

void DeleteDue(int64_t time_micros, DueKind kind, absl::string_view object, WriteSet& set) {
  set.deletes.push_back({Table::kDue, DueKey(time_micros, kind, object)});
}

}  // namespace cardvault
