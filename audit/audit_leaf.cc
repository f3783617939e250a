#include "audit/audit_leaf.h"

#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr char kFormatVersion = 1;
// The same, and behind it the id of the change. Effects of approved changes alone have it.
constexpr char kFormatVersionWithChange = 2;

// Above every reason that there is; ReasonName is "" for numbers that are none.
constexpr int kReasonNumbersEnd = 256;

// A reason's name is stored, not its number: the names are part of the API and never reused.
constexpr size_t kMaxReasonSize = 64;

bool IsPrintable(absl::string_view text, size_t max_size_bytes) {
  if (text.size() > max_size_bytes) return false;
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

void AppendInt(std::string& out, uint64_t value, int size_bytes) {
  for (int shift = 8 * (size_bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

void AppendString(std::string& out, absl::string_view text) {
  AppendInt(out, text.size(), 2);
  out.append(text.data(), text.size());
}

// Takes fields off the front of some bytes; after a failure every result is empty and ok() false.
class Reader final {
 public:
  explicit Reader(absl::string_view bytes) : rest_(bytes) {}

  uint64_t Int(int size_bytes) {
    uint64_t value = 0;
    for (const char c : Take(size_bytes)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  std::string String(size_t max_size_bytes) {
    const size_t size = Int(2);
    if (size > max_size_bytes) ok_ = false;
    const absl::string_view text = Take(size);
    if (!IsPrintable(text, max_size_bytes)) ok_ = false;
    return std::string(text.data(), text.size());
  }

  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  absl::string_view Take(size_t size_bytes) {
    if (!ok_ || rest_.size() < size_bytes) {
      ok_ = false;
      return {};
    }
    const absl::string_view taken = rest_.substr(0, size_bytes);
    rest_.remove_prefix(size_bytes);
    return taken;
  }

  absl::string_view rest_;
  bool ok_ = true;
};

// False for a name that is no reason's.
bool ReasonOfName(absl::string_view name, ErrorReason& reason) {
  if (name.empty()) {
    reason = ErrorReason::kUnspecified;
    return true;
  }
  for (int i = 1; i < kReasonNumbersEnd; ++i) {
    reason = static_cast<ErrorReason>(i);
    if (ReasonName(reason) == name) return true;
  }
  return false;
}

absl::Status Corrupt() { return DataLoss("an audit entry is not in its format"); }

}  // namespace

absl::Status CheckLeaf(const AuditLeaf& leaf) {
  const bool good = !ActionName(leaf.action).empty() && !OutcomeName(leaf.outcome).empty() &&
                    IsPrintable(ReasonName(leaf.reason), kMaxReasonSize) &&
                    IsPrintable(leaf.origin.principal, kMaxPrincipalSize) &&
                    IsPrintable(leaf.origin.role, kMaxRoleSize) &&
                    IsPrintable(leaf.origin.address, kMaxAddressSize) &&
                    IsPrintable(leaf.origin.change, kMaxChangeIdSize) &&
                    IsPrintable(leaf.object, kMaxObjectSize) && leaf.count > 0;
  if (good) return absl::OkStatus();
  return Internal(ErrorReason::kInternal, "an audit entry cannot be written in its format");
}

std::string EncodeEntry(const AuditEntry& entry) {
  const AuditLeaf& leaf = entry.leaf;
  CV_CHECK(CheckLeaf(leaf).ok());
  std::string out;
  out.reserve(64 + leaf.origin.principal.size() + leaf.origin.role.size() +
              leaf.origin.address.size() + leaf.object.size());
  out.push_back(leaf.origin.change.empty() ? kFormatVersion : kFormatVersionWithChange);
  AppendInt(out, entry.sequence, 8);
  AppendInt(out, static_cast<uint64_t>(absl::ToUnixMicros(entry.time)), 8);
  AppendInt(out, static_cast<uint64_t>(absl::ToInt64Microseconds(entry.since_boot)), 8);
  AppendInt(out, static_cast<uint64_t>(leaf.action), 2);
  AppendInt(out, static_cast<uint64_t>(leaf.outcome), 1);
  AppendInt(out, leaf.key_version, 4);
  AppendInt(out, leaf.count, 4);
  AppendString(out, ReasonName(leaf.reason));
  AppendString(out, leaf.origin.principal);
  AppendString(out, leaf.origin.role);
  AppendString(out, leaf.origin.address);
  AppendString(out, leaf.object);
  if (!leaf.origin.change.empty()) AppendString(out, leaf.origin.change);
  return out;
}

absl::StatusOr<AuditEntry> DecodeEntry(absl::string_view bytes) {
  Reader reader(bytes);
  const uint64_t version = reader.Int(1);
  if (version != kFormatVersion && version != kFormatVersionWithChange) {
    return DataLoss("an audit entry has a format version that this program does not know");
  }
  AuditEntry entry;
  entry.sequence = reader.Int(8);
  entry.time = absl::FromUnixMicros(static_cast<int64_t>(reader.Int(8)));
  entry.since_boot = absl::Microseconds(static_cast<int64_t>(reader.Int(8)));
  AuditLeaf& leaf = entry.leaf;
  leaf.action = static_cast<AuditAction>(reader.Int(2));
  leaf.outcome = static_cast<AuditOutcome>(reader.Int(1));
  leaf.key_version = static_cast<uint32_t>(reader.Int(4));
  leaf.count = static_cast<uint32_t>(reader.Int(4));
  if (!ReasonOfName(reader.String(kMaxReasonSize), leaf.reason)) return Corrupt();
  leaf.origin.principal = reader.String(kMaxPrincipalSize);
  leaf.origin.role = reader.String(kMaxRoleSize);
  leaf.origin.address = reader.String(kMaxAddressSize);
  leaf.object = reader.String(kMaxObjectSize);
  if (version == kFormatVersionWithChange) {
    leaf.origin.change = reader.String(kMaxChangeIdSize);
    if (leaf.origin.change.empty()) return Corrupt();
  }
  if (!reader.AtEnd() || !CheckLeaf(leaf).ok()) return Corrupt();
  return entry;
}

}  // namespace cardvault
