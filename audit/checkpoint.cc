#include "audit/checkpoint.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "audit/exact_base64.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr size_t kOriginLine = 0;
constexpr size_t kSizeLine = 1;
constexpr size_t kRootLine = 2;
constexpr size_t kLineCount = 3;

absl::Status Malformed() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "note", "not a checkpoint");
}

// A number in the one form that it is written in.
std::optional<uint64_t> ParseSize(absl::string_view line) {
  uint64_t size = 0;
  if (!absl::SimpleAtoi(line, &size) || absl::StrCat(size) != line) return std::nullopt;
  return size;
}

std::optional<TreeHash> ParseRoot(absl::string_view line) {
  const std::optional<std::string> bytes = DecodeExactBase64(line);
  TreeHash root;
  if (!bytes.has_value() || bytes->size() != root.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), root.begin());
  return root;
}

}  // namespace

std::string LogOrigin(const VaultId& vault, uint32_t number) {
  CV_CHECK(number > 0);
  return absl::StrCat("cardvault/", vault.value(), "/log/", number);
}

std::optional<LogName> ParseLogName(absl::string_view origin) {
  absl::string_view rest = origin;
  const size_t number_at = rest.rfind('/') + 1;
  LogName name;
  if (!absl::SimpleAtoi(rest.substr(number_at), &name.number) || name.number == 0) {
    return std::nullopt;
  }
  rest = rest.substr(0, number_at);
  if (!absl::ConsumePrefix(&rest, "cardvault/") || !absl::ConsumeSuffix(&rest, "/log/")) {
    return std::nullopt;
  }
  const absl::StatusOr<VaultId> vault = VaultId::Parse(rest, "vault_id");
  if (!vault.ok() || LogOrigin(*vault, name.number) != origin) return std::nullopt;
  name.vault = vault->value();
  return name;
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  CV_CHECK(!checkpoint.origin.empty() && checkpoint.origin.find('\n') == std::string::npos);
  const absl::string_view root(reinterpret_cast<const char*>(checkpoint.root.data()),
                               checkpoint.root.size());
  return absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n", absl::Base64Escape(root),
                      "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text) {
  if (!absl::ConsumeSuffix(&text, "\n")) return Malformed();
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  const bool any_empty =
      std::any_of(lines.begin(), lines.end(), [](absl::string_view line) { return line.empty(); });
  if (lines.size() < kLineCount || any_empty) return Malformed();
  const std::optional<uint64_t> size = ParseSize(lines[kSizeLine]);
  const std::optional<TreeHash> root = ParseRoot(lines[kRootLine]);
  if (!size.has_value() || !root.has_value() || (*size == 0 && *root != EmptyRoot())) {
    return Malformed();
  }
  const absl::string_view origin = lines[kOriginLine];
  return Checkpoint{std::string(origin.data(), origin.size()), *size, *root};
}

absl::StatusOr<std::string> SignCheckpoint(const Checkpoint& checkpoint,
                                           absl::Span<const NoteSigner* const> signers) {
  for (const NoteSigner* const signer : signers) {
    if (signer->key().name() != checkpoint.origin) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "origin",
                             "a key signs the checkpoints of the log whose name it has");
    }
  }
  return SignNote(FormatCheckpoint(checkpoint), signers);
}

absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          absl::Span<const NoteKey> trusted) {
  ASSIGN_OR_RETURN(const OpenedNote opened, OpenNote(note, trusted));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(opened.text));
  const bool of_its_log =
      std::any_of(opened.keys.begin(), opened.keys.end(),
                  [&](const NoteKey& key) { return key.name() == checkpoint.origin; });
  if (!of_its_log) {
    return FailedPrecondition(ErrorReason::kForeign,
                              "the checkpoint is of another log than the trusted key signs for");
  }
  return checkpoint;
}

}  // namespace cardvault
