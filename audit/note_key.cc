#include "audit/note_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "audit/exact_base64.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/sha256.h"
#include "base/status.h"
#include "base/utf8.h"

namespace cardvault {
namespace {

constexpr char kEd25519Type = 0x01;
constexpr size_t kKeyIdSize = 4;
constexpr size_t kKeyIdDigits = 2 * kKeyIdSize;

// White_Space of Unicode beyond ASCII, in UTF-8.
constexpr absl::string_view kUnicodeSpaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
};

bool IsNameCharacter(absl::string_view character) {
  if (character.size() == 1) return character[0] > ' ' && character[0] != '+';
  return std::find(std::begin(kUnicodeSpaces), std::end(kUnicodeSpaces), character) ==
         std::end(kUnicodeSpaces);
}

absl::string_view View(const Ed25519PublicKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

std::string TypedKey(const Ed25519PublicKey& key) {
  return absl::StrCat(absl::string_view(&kEd25519Type, 1), View(key));
}

std::string KeyIdBytes(absl::string_view name, const Ed25519PublicKey& key) {
  return Sha256(absl::StrCat(name, "\n", TypedKey(key))).substr(0, kKeyIdSize);
}

absl::Status BadName() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "name", "not a name that a key can have");
}

absl::Status BadVerifierKey() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "verifier_key",
                         "not a verifier key: NAME+KEYID+BASE64 of an Ed25519 key");
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* Bytes(absl::string_view view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

}  // namespace

bool IsNoteKeyName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxNoteKeyNameSize) return false;
  while (!name.empty()) {
    const size_t size = Utf8SequenceSize(name);
    if (size == 0 || !IsNameCharacter(name.substr(0, size))) return false;
    name.remove_prefix(size);
  }
  return true;
}

NoteKey::NoteKey(absl::string_view name, const Ed25519PublicKey& public_key)
    : name_(name.data(), name.size()), public_key_(public_key), id_(0) {
  for (const char byte : KeyIdBytes(name, public_key)) {
    id_ = (id_ << 8) | static_cast<uint8_t>(byte);
  }
}

absl::StatusOr<NoteKey> NoteKey::Make(absl::string_view name, const Ed25519PublicKey& public_key) {
  if (!IsNoteKeyName(name)) return BadName();
  return NoteKey(name, public_key);
}

absl::StatusOr<NoteKey> NoteKey::Parse(absl::string_view verifier_key) {
  const size_t name_size = verifier_key.find('+');  // base64 may hold further ones
  if (name_size == absl::string_view::npos) return BadVerifierKey();
  const absl::string_view name = verifier_key.substr(0, name_size);
  const absl::string_view rest = verifier_key.substr(name_size + 1);
  if (!IsNoteKeyName(name) || rest.size() <= kKeyIdDigits || rest[kKeyIdDigits] != '+') {
    return BadVerifierKey();
  }
  const std::optional<std::string> typed = DecodeExactBase64(rest.substr(kKeyIdDigits + 1));
  Ed25519PublicKey public_key;
  if (!typed.has_value() || typed->size() != 1 + public_key.size() ||
      typed->front() != kEd25519Type) {
    return BadVerifierKey();
  }
  std::copy(typed->begin() + 1, typed->end(), public_key.begin());
  if (absl::BytesToHexString(KeyIdBytes(name, public_key)) != rest.substr(0, kKeyIdDigits)) {
    return BadVerifierKey();
  }
  return NoteKey(name, public_key);
}

std::string NoteKey::ToString() const {
  return absl::StrCat(name_, "+", absl::BytesToHexString(BigEndian32(id_)), "+",
                      absl::Base64Escape(TypedKey(public_key_)));
}

bool NoteKey::Verifies(absl::string_view text, absl::string_view signature) const {
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_PKEY_new_raw_public_key_ex(
      nullptr, "ED25519", nullptr, public_key_.data(), public_key_.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  const bool verified = key != nullptr && context != nullptr &&
                        EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                                key.get(), nullptr) == 1 &&
                        EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                                         Bytes(text), text.size()) == 1;
  if (!verified) ERR_clear_error();
  return verified;
}

}  // namespace cardvault
