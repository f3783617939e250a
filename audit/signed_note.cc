#include "audit/signed_note.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "audit/exact_base64.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "base/utf8.h"

namespace cardvault {
namespace {

constexpr absl::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // em dash, space
constexpr size_t kKeyIdSize = 4;

// Above it nothing is looked at.
constexpr size_t kMaxNoteSize =
    kMaxNoteTextSize + 1 +
    kMaxNoteSignatureCount *
        (kSignaturePrefix.size() + kMaxNoteKeyNameSize + 1 + kMaxNoteSignatureSize + 1);

absl::Status Malformed() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "note", "not a signed note");
}

std::string ToString(absl::string_view view) { return std::string(view.data(), view.size()); }

absl::string_view View(const Ed25519Signature& signature) {
  return {reinterpret_cast<const char*>(signature.data()), signature.size()};
}

// UTF-8 without control characters but newlines.
bool IsPlain(absl::string_view text) {
  while (!text.empty()) {
    const size_t size = Utf8SequenceSize(text);
    if (size == 0 || (static_cast<unsigned char>(text[0]) < ' ' && text[0] != '\n')) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool IsNoteText(absl::string_view text) {
  return text.size() <= kMaxNoteTextSize && absl::EndsWith(text, "\n") && IsPlain(text);
}

// A line without its newline.
std::optional<NoteSignature> ParseSignature(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kSignaturePrefix)) return std::nullopt;
  const size_t name_size = line.find(' ');
  if (name_size == absl::string_view::npos) return std::nullopt;
  const absl::string_view name = line.substr(0, name_size);
  const absl::string_view base64 = line.substr(name_size + 1);
  if (!IsNoteKeyName(name) || base64.size() > kMaxNoteSignatureSize) return std::nullopt;
  const std::optional<std::string> bytes = DecodeExactBase64(base64);
  if (!bytes.has_value() || bytes->size() <= kKeyIdSize) return std::nullopt;
  NoteSignature signature;
  signature.name = ToString(name);
  for (size_t i = 0; i < kKeyIdSize; ++i) {
    signature.key_id = (signature.key_id << 8) | static_cast<uint8_t>((*bytes)[i]);
  }
  signature.signature = bytes->substr(kKeyIdSize);
  return signature;
}

}  // namespace

absl::StatusOr<SignedNote> ParseNote(absl::string_view bytes) {
  if (bytes.size() > kMaxNoteSize || !IsPlain(bytes) || !absl::EndsWith(bytes, "\n")) {
    return Malformed();
  }
  const size_t blank = bytes.rfind("\n\n");  // the text may have empty lines, signatures have none
  if (blank == absl::string_view::npos) return Malformed();
  SignedNote note;
  note.text = ToString(bytes.substr(0, blank + 1));
  if (note.text.size() > kMaxNoteTextSize) return Malformed();
  absl::string_view rest = bytes.substr(blank + 2);
  while (!rest.empty()) {
    const size_t line_size = rest.find('\n');
    std::optional<NoteSignature> signature = ParseSignature(rest.substr(0, line_size));
    if (!signature.has_value() || note.signatures.size() == kMaxNoteSignatureCount) {
      return Malformed();
    }
    note.signatures.push_back(*std::move(signature));
    rest.remove_prefix(line_size + 1);
  }
  if (note.signatures.empty()) return Malformed();
  return note;
}

std::string SerializeNote(const SignedNote& note) {
  std::string bytes = absl::StrCat(note.text, "\n");
  for (const NoteSignature& signature : note.signatures) {
    absl::StrAppend(
        &bytes, kSignaturePrefix, signature.name, " ",
        absl::Base64Escape(absl::StrCat(BigEndian32(signature.key_id), signature.signature)), "\n");
  }
  return bytes;
}

absl::StatusOr<std::string> SignNote(absl::string_view text,
                                     absl::Span<const NoteSigner* const> signers) {
  if (!IsNoteText(text) || signers.empty() || signers.size() > kMaxNoteSignatureCount) {
    return Malformed();
  }
  SignedNote note;
  note.text = ToString(text);
  for (const NoteSigner* const signer : signers) {
    const NoteKey& key = signer->key();
    ASSIGN_OR_RETURN(const Ed25519Signature signature, signer->Sign(text));
    if (!key.Verifies(text, View(signature))) {
      return Internal(ErrorReason::kCrypto, "a note's new signature does not verify");
    }
    note.signatures.push_back({key.name(), key.id(), ToString(View(signature))});
  }
  return SerializeNote(note);
}

absl::StatusOr<OpenedNote> OpenNote(absl::string_view bytes, absl::Span<const NoteKey> trusted) {
  ASSIGN_OR_RETURN(SignedNote note, ParseNote(bytes));
  OpenedNote opened;
  std::set<std::pair<std::string, uint32_t>> seen;  // of the trusted
  for (const NoteSignature& signature : note.signatures) {
    // More than one only when ids collide, or the caller gave a key twice.
    std::vector<NoteKey> named;
    std::copy_if(trusted.begin(), trusted.end(), std::back_inserter(named),
                 [&](const NoteKey& key) {
                   return key.name() == signature.name && key.id() == signature.key_id;
                 });
    if (named.empty()) continue;
    if (!seen.emplace(signature.name, signature.key_id).second) return Malformed();
    const auto signer = std::find_if(named.begin(), named.end(), [&](const NoteKey& key) {
      return key.Verifies(note.text, signature.signature);
    });
    if (signer == named.end()) {
      return DataLoss("a trusted key's signature does not verify: the note was altered");
    }
    opened.keys.push_back(std::move(*signer));
  }
  if (opened.keys.empty()) {
    return FailedPrecondition(ErrorReason::kUnverified, "no trusted key signed the note");
  }
  opened.text = std::move(note.text);
  return opened;
}

}  // namespace cardvault
