#include "cli/key_table.h"

#include <ctime>

#include "absl/strings/str_cat.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using admin::v1::KeyVersionInfo;

constexpr int64_t kSecondsPerDay = 86400;

std::string State(const KeyVersionInfo& key) { return EnumWord(key.state(), "KEY_STATE_"); }

std::string Age(const KeyVersionInfo& key) {
  const int64_t age = std::time(nullptr) - key.create_time().seconds();
  return absl::StrCat(age / kSecondsPerDay, " d");
}

std::string Uses(const KeyVersionInfo& key) {
  if (key.max_use_count() == 0) return "not counted";
  return absl::StrCat(key.reserved_use_count(), " of ", key.max_use_count());
}

std::string Records(const KeyVersionInfo& key) {
  if (!key.has_record_count()) return "-";
  if (key.trace_count() == 0) return absl::StrCat(key.record_count());
  return absl::StrCat(key.record_count(), " + ", key.trace_count(), " traces");
}

}  // namespace

std::string KeyTable(const google::protobuf::RepeatedPtrField<KeyVersionInfo>& keys) {
  Table table({"PURPOSE", "VERSION", "ALGORITHM", "STATE", "CREATED", "EXPIRES", "USES",
               "CHECK VALUE"});
  for (const KeyVersionInfo& key : keys) {
    table.Add({key.purpose(), absl::StrCat(key.version()), key.algorithm(), State(key),
               TimeText(key.create_time()),
               key.has_expire_time() ? TimeText(key.expire_time()) : "never", Uses(key),
               key.check_value()});
  }
  return table.Text();
}

std::string InventoryText(const admin::v1::ListKeysResponse& keys) {
  Table versions({"PURPOSE", "VERSION", "ALGORITHM", "STRENGTH", "STATE", "CREATED", "AGE",
                  "EXPIRES", "USES", "RECORDS", "CHECK VALUE"});
  for (const KeyVersionInfo& key : keys.keys()) {
    versions.Add({key.purpose(), absl::StrCat(key.version()), key.algorithm(),
                  absl::StrCat(key.strength_bits(), " bits"), State(key),
                  TimeText(key.create_time()), Age(key),
                  key.has_expire_time() ? TimeText(key.expire_time()) : "never", Uses(key),
                  Records(key), key.check_value()});
  }
  Table keks({"KEK", "GENERATION", "STATE", "WRAPS SINCE", "RETIRED", "DESTROYED", "CHECK VALUE"});
  for (const admin::v1::KekInfo& kek : keys.keks()) {
    keks.Add({kek.provider(), absl::StrCat(kek.generation()), kek.state(),
              TimeText(kek.create_time()), TimeText(kek.retire_time()),
              TimeText(kek.destroy_time()), kek.check_value()});
  }
  std::string text = absl::StrCat(keks.Text(), "\n", versions.Text(), "\n",
                                  keys.scanned_row_count(), " rows counted");
  if (keys.unreadable_row_count() > 0) {
    absl::StrAppend(&text, ", ", keys.unreadable_row_count(), " of them cannot be read");
  }
  return absl::StrCat(text, "\n");
}

}  // namespace cardvault::cli
