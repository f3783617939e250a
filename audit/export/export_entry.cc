#include "audit/export/export_entry.h"

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "audit/action.h"
#include "audit/export/json_line.h"
#include "audit/export/leaf_names.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr uint64_t kMaxUint32 = std::numeric_limits<uint32_t>::max();
constexpr uint64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

// Of a name of an action, an outcome or a reason: no name is longer.
constexpr size_t kMaxNameSize = 64;

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 9999;

// The value of the name that comes next.
template <typename Value>
Value Named(std::optional<Value> (*named)(absl::string_view), JsonLineScanner& scanner) {
  thread_local std::string name;
  scanner.PrintableString(kMaxNameSize, name);
  if (const std::optional<Value> value = named(name); value.has_value()) return *value;
  scanner.Fail();
  return {};
}

// Decimal, of exactly so many digits.
int Digits(absl::string_view text, bool& ok) {
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') ok = false;
    number = number * 10 + (c - '0');
  }
  return number;
}

// False for what ExportTimeText does not write.
bool ParseTime(absl::string_view text, absl::Time& time) {
  constexpr absl::string_view kShape = "0000-00-00T00:00:00.000000Z";
  if (text.size() != kShape.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kShape[i] != '0' && kShape[i] != text[i]) return false;
  }
  bool ok = true;
  const auto part = [&](size_t begin, size_t size) { return Digits(text.substr(begin, size), ok); };
  const int year = part(0, 4), month = part(5, 2), day = part(8, 2);
  const int hour = part(11, 2), minute = part(14, 2), second = part(17, 2), micro = part(20, 6);
  if (!ok || year < kFirstYear || hour > 23 || minute > 59 || second > 59) return false;
  const absl::CivilDay date(year, month, day);  // moves what is no date to one
  if (date.month() != month || date.day() != day) return false;
  const int64_t days = date - absl::CivilDay(kFirstYear, 1, 1);
  const int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
  time = absl::FromUnixMicros(seconds * 1'000'000 + micro);
  return true;
}

void AppendText(std::string& line, absl::string_view key, absl::string_view text) {
  if (text.empty()) return;
  absl::StrAppend(&line, ",\"", key, "\":");
  AppendJsonString(line, text);
}

// A member that is left out when it is empty.
void OptionalText(JsonLineScanner& scanner, absl::string_view key, size_t max_size,
                  std::string& out) {
  out.clear();
  if (!scanner.Take(key)) return;
  scanner.PrintableString(max_size, out);
  if (out.empty()) scanner.Fail();
}

}  // namespace

TreeHash HashOf(const AuditEntry& entry) { return LeafHash(EncodeEntry(entry)); }

std::string ExportTimeText(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

bool CanExport(const AuditEntry& entry) {
  return CheckLeaf(entry.leaf).ok() && entry.time >= absl::UnixEpoch() &&
         entry.time < absl::FromCivil(absl::CivilDay(kLastYear + 1, 1, 1), absl::UTCTimeZone()) &&
         entry.since_boot >= absl::ZeroDuration() && entry.since_boot < absl::InfiniteDuration();
}

std::string FormatEntryLine(const AuditEntry& entry, const TreeHash& hash, const TreeProof* proof) {
  const AuditLeaf& leaf = entry.leaf;
  std::string line = absl::StrCat(
      "{\"sequence\":", entry.sequence, ",\"time\":\"", ExportTimeText(entry.time),
      "\",\"since_boot_us\":", absl::ToInt64Microseconds(entry.since_boot), ",\"action\":\"",
      ActionName(leaf.action), "\",\"outcome\":\"", OutcomeName(leaf.outcome), "\"");
  if (leaf.key_version != 0) absl::StrAppend(&line, ",\"key_version\":", leaf.key_version);
  absl::StrAppend(&line, ",\"count\":", leaf.count);
  AppendText(line, "reason", ReasonName(leaf.reason));
  AppendText(line, "principal", leaf.origin.principal);
  AppendText(line, "role", leaf.origin.role);
  AppendText(line, "address", leaf.origin.address);
  AppendText(line, "object", leaf.object);
  AppendText(line, "change", leaf.origin.change);
  line += ",\"hash\":";
  AppendJsonHash(line, hash);
  if (proof != nullptr) {
    line += ",\"proof\":";
    AppendJsonHashes(line, *proof);
  }
  line += "}";
  return line;
}

absl::Status ParseEntryLine(absl::string_view line, AuditEntry& entry, TreeHash& hash,
                            TreeProof* proof) {
  thread_local std::string time;
  AuditLeaf& leaf = entry.leaf;
  JsonLineScanner scanner(line);
  scanner.Expect("{\"sequence\":");
  entry.sequence = scanner.Number(std::numeric_limits<uint64_t>::max());
  scanner.Expect(",\"time\":");
  scanner.PrintableString(kMaxNameSize, time);
  if (!ParseTime(time, entry.time)) scanner.Fail();
  scanner.Expect(",\"since_boot_us\":");
  entry.since_boot = absl::Microseconds(scanner.Number(kMaxInt64));
  scanner.Expect(",\"action\":");
  leaf.action = Named(ActionNamed, scanner);
  scanner.Expect(",\"outcome\":");
  leaf.outcome = Named(OutcomeNamed, scanner);
  leaf.key_version = 0;
  if (scanner.Take(",\"key_version\":")) {
    leaf.key_version = static_cast<uint32_t>(scanner.Number(kMaxUint32));
    if (leaf.key_version == 0) scanner.Fail();
  }
  scanner.Expect(",\"count\":");
  leaf.count = static_cast<uint32_t>(scanner.Number(kMaxUint32));
  leaf.reason = ErrorReason::kUnspecified;
  if (scanner.Take(",\"reason\":")) leaf.reason = Named(ReasonNamed, scanner);
  OptionalText(scanner, ",\"principal\":", kMaxPrincipalSize, leaf.origin.principal);
  OptionalText(scanner, ",\"role\":", kMaxRoleSize, leaf.origin.role);
  OptionalText(scanner, ",\"address\":", kMaxAddressSize, leaf.origin.address);
  OptionalText(scanner, ",\"object\":", kMaxObjectSize, leaf.object);
  OptionalText(scanner, ",\"change\":", kMaxChangeIdSize, leaf.origin.change);
  scanner.Expect(",\"hash\":");
  scanner.Hash(hash);
  if (proof != nullptr) {
    scanner.Expect(",\"proof\":");
    scanner.Hashes(kMaxProofHashCount, *proof);
  }
  scanner.Expect("}");
  if (scanner.AtEnd() && CheckLeaf(leaf).ok()) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, "entry", "not an entry's line of an export");
}

}  // namespace cardvault
