#include "audit/export/cef_line.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "audit/export/export_entry.h"
#include "base/version.h"

namespace cardvault {
namespace {

int Severity(AuditOutcome outcome) {
  switch (outcome) {
    case AuditOutcome::kSuccess:
      return 3;
    case AuditOutcome::kRefused:
      return 6;
    case AuditOutcome::kFailed:
      break;
  }
  return 8;
}

// An extension; what is empty is left out. Entries hold no line breaks.
void AppendField(std::string& line, absl::string_view key, absl::string_view value) {
  if (value.empty()) return;
  if (line.back() != '|') line.push_back(' ');
  absl::StrAppend(&line, key, "=", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"=", "\\="}}));
}

// A field of ours in one of CEF's custom ones.
void AppendCustom(std::string& line, absl::string_view key, absl::string_view label,
                  absl::string_view value) {
  if (value.empty()) return;
  AppendField(line, absl::StrCat(key, "Label"), label);
  AppendField(line, key, value);
}

}  // namespace

std::string FormatCefLine(const AuditEntry& entry) {
  const AuditLeaf& leaf = entry.leaf;
  const TreeHash hash = HashOf(entry);
  // Names of actions have no bar and no backslash, which a header would have to escape.
  std::string line =
      absl::StrCat("CEF:0|cardvault|cardvault|", kVersion, "|", ActionName(leaf.action), "|",
                   ActionName(leaf.action), "|", Severity(leaf.outcome), "|");
  AppendField(line, "rt", absl::StrCat(absl::ToUnixMillis(entry.time)));
  AppendField(line, "externalId", absl::StrCat(entry.sequence));
  AppendField(line, "outcome", OutcomeName(leaf.outcome));
  AppendField(line, "cnt", absl::StrCat(leaf.count));
  AppendField(line, "reason", ReasonName(leaf.reason));
  AppendField(line, "suser", leaf.origin.principal);
  AppendField(line, "spriv", leaf.origin.role);
  AppendCustom(line, "cs1", "leafHash",
               absl::Base64Escape(
                   absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size())));
  AppendCustom(line, "cs2", "object", leaf.object);
  AppendCustom(line, "cs3", "address", leaf.origin.address);
  AppendCustom(line, "cs4", "change", leaf.origin.change);
  AppendCustom(line, "cs5", "time", ExportTimeText(entry.time));
  AppendCustom(line, "cn1", "keyVersion",
               leaf.key_version == 0 ? "" : absl::StrCat(leaf.key_version));
  AppendCustom(line, "cn2", "sinceBootMicros",
               absl::StrCat(absl::ToInt64Microseconds(entry.since_boot)));
  line += "\n";
  return line;
}

}  // namespace cardvault
