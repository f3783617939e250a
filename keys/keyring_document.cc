#include "keys/keyring_document.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/ed25519.h"
#include "base/error_text.h"
#include "base/length_prefix.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "cardvault/storage/v1/keyring.pb.h"
#include "keys/crypto_sizes.h"
#include "keys/key_check_value.h"
#include "keys/key_material_access.h"
#include "keys/key_state.h"
#include "keys/openssl_error.h"
#include "keys/signing_key.h"

namespace cardvault {
namespace {

constexpr absl::string_view kBodyLabel = "cardvault keyring body v1";
constexpr absl::string_view kKeyLabel = "cardvault keyring key v1";
constexpr absl::string_view kStateKeyLabel = "cardvault keyring state key v1";

constexpr size_t kKeyIdSize = 16;
constexpr size_t kBindingSize = 32;  // SHA-256
constexpr size_t kCheckValueSize = 6;

std::string ToString(absl::string_view view) { return std::string(view.data(), view.size()); }

// What a wrapped key says of itself.
std::string KeyBinding(absl::string_view vault_id, const KeyringDocument::Entry& entry) {
  return LengthPrefixed({
      kKeyLabel,
      vault_id,
      entry.key_id,
      BigEndian32(static_cast<uint32_t>(entry.info.purpose)),
      BigEndian32(entry.info.version),
      BigEndian64(static_cast<uint64_t>(absl::ToUnixMicros(entry.info.create_time))),
  });
}

std::string StateKeyBinding(absl::string_view vault_id) {
  return LengthPrefixed({kStateKeyLabel, vault_id});
}

absl::Status Sha256(absl::string_view bytes, char* out) {
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out), nullptr,
                 EVP_sha256(), nullptr) != 1) {
    return CryptoFailure();
  }
  return absl::OkStatus();
}

// Wraps the key followed by SHA-256 over its binding.
absl::StatusOr<std::string> WrapBound(const KeyMaterial& key, absl::string_view binding,
                                      KekProvider& kek) {
  CV_CHECK(key.size() == kKeySize);
  SecretBytes clear = SecretBytes::Zeros(kKeySize + kBindingSize);
  char* const bytes = SecretBytesAccess::Mutable(clear).data();
  std::memcpy(bytes, KeyMaterialAccess::View(key).data(), kKeySize);
  RETURN_IF_ERROR(Sha256(binding, bytes + kKeySize));
  return kek.Wrap(clear);
}

// The texts of one caller of UnwrapBound.
struct UnwrapTexts {
  ErrorText not_wrapped;
  ErrorText not_bound;
};

absl::StatusOr<std::shared_ptr<const KeyMaterial>> UnwrapBound(absl::string_view wrapped,
                                                               absl::string_view binding,
                                                               KekProvider& kek,
                                                               UnwrapTexts texts) {
  absl::StatusOr<SecretBytes> clear = kek.Unwrap(wrapped);
  if (absl::IsDataLoss(clear.status())) return DataLoss(texts.not_wrapped);
  if (!clear.ok()) return clear.status();
  const absl::string_view bytes = SecretBytesAccess::View(*clear);
  if (bytes.size() != kKeySize + kBindingSize) return DataLoss(texts.not_bound);
  char expected[kBindingSize];
  RETURN_IF_ERROR(Sha256(binding, expected));
  if (CRYPTO_memcmp(expected, bytes.data() + kKeySize, kBindingSize) != 0) {
    return DataLoss(texts.not_bound);
  }
  return KeyMaterial::CopyOf(bytes.substr(0, kKeySize));
}

constexpr UnwrapTexts kStateKeyTexts = {.not_wrapped = "the keyring's state key does not unwrap",
                                        .not_bound = "the keyring's state key is another vault's"};

// Of a KEK that was to take over.
absl::Status NotGivenBack(const absl::Status& status) {
  if (!absl::IsDataLoss(status)) return status;
  return Internal(ErrorReason::kCrypto, "the new KEK does not give back what it wrapped");
}

// Nothing for a key of another algorithm.
absl::StatusOr<std::optional<Ed25519PublicKey>> PublicKeyOf(KeyPurpose purpose,
                                                            const KeyMaterial& material) {
  if (AlgorithmOf(purpose) != KeyAlgorithm::kEd25519) return std::nullopt;
  ASSIGN_OR_RETURN(const auto key, SigningKey::FromSeed(/*version=*/0, material));
  return key->public_key();
}

// Called after authentication: what is wrong here, this program's own predecessors wrote.
bool IsPossible(const KeyringDocument& document) {
  if (!document.admission_digest.empty() &&
      document.admission_digest.size() != KeyringDocument::kAdmissionDigestSize) {
    return false;
  }
  std::set<std::pair<KeyPurpose, uint32_t>> versions;
  std::set<KeyPurpose> active;
  std::set<std::string> key_ids;
  for (const KeyringDocument::Entry& entry : document.entries) {
    const KeyVersionInfo& info = entry.info;
    const bool destroyed = info.state == KeyState::kDestroyed;
    const KeyAlgorithm algorithm = AlgorithmOf(info.purpose);
    const bool counted = algorithm == KeyAlgorithm::kAes256Gcm;
    const bool has_public_key = algorithm == KeyAlgorithm::kEd25519;
    if (info.version == 0 || entry.key_id.size() != kKeyIdSize ||
        info.check_value.size() != kCheckValueSize || entry.wrapped.empty() != destroyed ||
        info.public_key.has_value() != has_public_key ||
        info.max_uses > (counted ? kHardMaxUses : 0) || info.reserved_uses > info.max_uses) {
      return false;
    }
    if (!versions.emplace(info.purpose, info.version).second) return false;
    if (!key_ids.insert(entry.key_id).second) return false;
    if (CanEncrypt(info.state) && !active.insert(info.purpose).second) return false;
  }
  return true;
}

bool ReadEntry(const storage::v1::KeyVersionEntry& from, KeyringDocument::Entry& to) {
  bool purpose_known = false;
  for (const KeyPurpose purpose : AllPurposes()) {
    purpose_known = purpose_known || from.purpose() == static_cast<uint32_t>(purpose);
  }
  if (!purpose_known || from.state() < static_cast<uint32_t>(KeyState::kPreActive) ||
      from.state() > static_cast<uint32_t>(KeyState::kDestroyed)) {
    return false;
  }
  to.info.purpose = static_cast<KeyPurpose>(from.purpose());
  to.info.version = from.version();
  to.info.state = static_cast<KeyState>(from.state());
  to.info.create_time = absl::FromUnixMicros(from.create_micros());
  to.info.reserved_uses = from.reserved_uses();
  to.info.max_uses = from.max_uses();
  to.info.check_value = from.check_value();
  if (from.use_end_micros() != 0) to.info.use_end = absl::FromUnixMicros(from.use_end_micros());
  if (!from.public_key().empty()) {
    Ed25519PublicKey& public_key = to.info.public_key.emplace();
    if (from.public_key().size() != public_key.size()) return false;
    std::memcpy(public_key.data(), from.public_key().data(), public_key.size());
  }
  to.key_id = from.key_id();
  to.wrapped = from.wrapped();
  return true;
}

absl::Status Parse(absl::string_view bytes, storage::v1::KeyringDocument& outer,
                   storage::v1::KeyringBody& body) {
  if (bytes.size() > kMaxKeyringDocumentSize ||
      !outer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !body.ParseFromString(outer.body())) {
    return DataLoss("the keyring is not a keyring document");
  }
  if (body.format_version() != kKeyringFormatVersion) {
    return DataLoss("the keyring has a format version that this release does not know");
  }
  return absl::OkStatus();
}

KekVersionInfo InfoOf(const KekProvider& kek, absl::Time now) {
  KekVersionInfo info;
  info.provider = ToString(kek.name());
  info.generation = kek.generation();
  info.check_value = kek.check_value();
  info.record_digest = kek.record_digest();
  info.create_time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  return info;
}

KekVersionInfo ReadKek(const storage::v1::KeyringBody& body) {
  KekVersionInfo kek;
  kek.provider = body.kek_provider();
  kek.generation = std::max<uint32_t>(body.kek_generation(), 1);
  kek.check_value = body.kek_check_value();
  kek.record_digest = body.kek_record_digest();
  kek.create_time = absl::FromUnixMicros(body.kek_create_micros());
  return kek;
}

void WriteRetired(const KekVersionInfo& from, storage::v1::RetiredKek& to) {
  to.set_provider(from.provider);
  to.set_generation(from.generation);
  to.set_check_value(from.check_value);
  to.set_create_micros(absl::ToUnixMicros(from.create_time));
  to.set_retired_micros(absl::ToUnixMicros(*from.retired));
  to.set_destruction_place(from.destruction_place);
  if (from.destroyed.has_value()) to.set_destroyed_micros(absl::ToUnixMicros(*from.destroyed));
}

KekVersionInfo ReadRetired(const storage::v1::RetiredKek& from) {
  KekVersionInfo kek;
  kek.provider = from.provider();
  kek.generation = from.generation();
  kek.check_value = from.check_value();
  kek.create_time = absl::FromUnixMicros(from.create_micros());
  kek.retired = absl::FromUnixMicros(from.retired_micros());
  kek.destruction_place = from.destruction_place();
  if (from.destroyed_micros() != 0) {
    kek.destroyed = absl::FromUnixMicros(from.destroyed_micros());
  }
  return kek;
}

}  // namespace

absl::StatusOr<KeyringDocument> NewKeyringDocument(absl::string_view vault_id, uint32_t mode,
                                                   absl::Time now, KekProvider& kek) {
  ASSIGN_OR_RETURN(auto material, KeyMaterial::Generate());
  KeyringDocument document;
  document.vault_id = ToString(vault_id);
  document.mode = mode;
  document.kek = InfoOf(kek, now);
  ASSIGN_OR_RETURN(document.wrapped_state_key,
                   WrapBound(*material, StateKeyBinding(vault_id), kek));
  document.state_key = std::make_shared<const MacKey>(/*version=*/0, std::move(material));
  return document;
}

absl::StatusOr<KeyringDocument::Entry> NewKeyringEntry(const KeyringDocument& document,
                                                       KeyPurpose purpose, uint32_t version,
                                                       KeyState state, absl::Time create_time,
                                                       const VersionLimits& limits,
                                                       KekProvider& kek) {
  ASSIGN_OR_RETURN(auto material, KeyMaterial::Generate());
  KeyringDocument::Entry entry;
  entry.info.purpose = purpose;
  entry.info.version = version;
  entry.info.state = state;
  // To the microsecond, as it is stored and bound.
  entry.info.create_time = absl::FromUnixMicros(absl::ToUnixMicros(create_time));
  entry.info.max_uses = AlgorithmOf(purpose) == KeyAlgorithm::kAes256Gcm ? limits.max_uses : 0;
  entry.info.use_end = entry.info.create_time + limits.use_period;
  entry.info.check_value = KeyCheckValue(material);
  ASSIGN_OR_RETURN(entry.info.public_key, PublicKeyOf(purpose, *material));
  entry.key_id = RandomBytes(kKeyIdSize);
  ASSIGN_OR_RETURN(entry.wrapped, WrapBound(*material, KeyBinding(document.vault_id, entry), kek));
  return entry;
}

std::string SerializeKeyringDocument(const KeyringDocument& document) {
  storage::v1::KeyringBody body;
  body.set_format_version(kKeyringFormatVersion);
  body.set_revision(document.revision);
  body.set_vault_id(document.vault_id);
  body.set_mode(document.mode);
  body.set_kek_provider(document.kek.provider);
  body.set_kek_check_value(document.kek.check_value);
  if (document.kek.generation > 1) body.set_kek_generation(document.kek.generation);
  body.set_kek_record_digest(document.kek.record_digest);
  body.set_kek_create_micros(absl::ToUnixMicros(document.kek.create_time));
  for (const KekVersionInfo& kek : document.retired_keks)
    WriteRetired(kek, *body.add_retired_keks());
  body.set_wrapped_state_key(document.wrapped_state_key);
  body.set_admission_digest(document.admission_digest);
  for (const KeyringDocument::Entry& entry : document.entries) {
    storage::v1::KeyVersionEntry& out = *body.add_keys();
    out.set_purpose(static_cast<uint32_t>(entry.info.purpose));
    out.set_version(entry.info.version);
    out.set_state(static_cast<uint32_t>(entry.info.state));
    out.set_key_id(entry.key_id);
    out.set_create_micros(absl::ToUnixMicros(entry.info.create_time));
    out.set_wrapped(entry.wrapped);
    out.set_reserved_uses(entry.info.reserved_uses);
    out.set_max_uses(entry.info.max_uses);
    out.set_check_value(entry.info.check_value);
    if (entry.info.use_end != absl::InfiniteFuture()) {
      out.set_use_end_micros(absl::ToUnixMicros(entry.info.use_end));
    }
    if (entry.info.public_key.has_value()) {
      out.set_public_key(entry.info.public_key->data(), entry.info.public_key->size());
    }
  }
  storage::v1::KeyringDocument out;
  CV_CHECK(body.SerializeToString(out.mutable_body()));
  out.set_body_mac(document.state_key->Mac({kBodyLabel, out.body()}));
  std::string bytes;
  CV_CHECK(out.SerializeToString(&bytes));
  return bytes;
}

absl::StatusOr<KekVersionInfo> ReadKekOfKeyring(absl::string_view bytes) {
  storage::v1::KeyringDocument outer;
  storage::v1::KeyringBody body;
  RETURN_IF_ERROR(Parse(bytes, outer, body));
  return ReadKek(body);
}

absl::StatusOr<KeyringDocument> OpenKeyringDocument(absl::string_view bytes, KekProvider& kek) {
  storage::v1::KeyringDocument outer;
  storage::v1::KeyringBody body;
  RETURN_IF_ERROR(Parse(bytes, outer, body));
  // Not authenticated yet: nothing is trusted but to find the key that authenticates it.
  if (body.kek_provider() != kek.name() || body.kek_check_value() != kek.check_value()) {
    return DataLoss("the keyring is wrapped by another KEK");
  }
  ASSIGN_OR_RETURN(
      auto state_key_material,
      UnwrapBound(body.wrapped_state_key(), StateKeyBinding(body.vault_id()), kek, kStateKeyTexts));
  auto state_key = std::make_shared<const MacKey>(/*version=*/0, std::move(state_key_material));
  if (outer.body_mac().size() != kMacSize ||
      !state_key->Verify({kBodyLabel, outer.body()}, outer.body_mac())) {
    return DataLoss("the keyring was edited: its state does not verify");
  }

  KeyringDocument document;
  document.revision = body.revision();
  document.vault_id = body.vault_id();
  document.mode = body.mode();
  document.kek = ReadKek(body);
  for (const storage::v1::RetiredKek& retired : body.retired_keks()) {
    document.retired_keks.push_back(ReadRetired(retired));
  }
  if (document.kek.record_digest != kek.record_digest()) {
    return DataLoss("the record of the KEK's custodians is not the one that the keyring names");
  }
  document.wrapped_state_key = body.wrapped_state_key();
  document.admission_digest = body.admission_digest();
  document.state_key = std::move(state_key);
  document.entries.resize(static_cast<size_t>(body.keys_size()));
  for (int i = 0; i < body.keys_size(); ++i) {
    if (!ReadEntry(body.keys(i), document.entries[static_cast<size_t>(i)])) {
      return DataLoss("the keyring has an entry of an unknown purpose or state");
    }
  }
  if (!IsPossible(document)) return DataLoss("the keyring has an entry that cannot be");
  return document;
}

absl::StatusOr<std::shared_ptr<const KeyMaterial>> UnwrapKeyringEntry(
    const KeyringDocument& document, const KeyringDocument::Entry& entry, KekProvider& kek) {
  CV_CHECK(entry.info.state != KeyState::kDestroyed);
  ASSIGN_OR_RETURN(
      auto material,
      UnwrapBound(entry.wrapped, KeyBinding(document.vault_id, entry), kek,
                  {.not_wrapped = "a key of the keyring does not unwrap",
                   .not_bound = "a key of the keyring is not the one of its entry: swapped"}));
  if (KeyCheckValue(material) != entry.info.check_value) {
    return DataLoss("a key of the keyring does not have its check value");
  }
  ASSIGN_OR_RETURN(const std::optional<Ed25519PublicKey> public_key,
                   PublicKeyOf(entry.info.purpose, *material));
  if (public_key != entry.info.public_key) {
    return DataLoss("a key of the keyring does not have its public key");
  }
  return material;
}

absl::StatusOr<KeyringDocument> RewrapKeyringDocument(const KeyringDocument& document,
                                                      KekProvider& kek, KekProvider& next,
                                                      absl::Time now) {
  KeyringDocument rewrapped = document;
  rewrapped.kek = InfoOf(next, now);
  rewrapped.retired_keks.push_back(document.kek);
  rewrapped.retired_keks.back().retired = rewrapped.kek.create_time;
  const std::string state_binding = StateKeyBinding(document.vault_id);
  ASSIGN_OR_RETURN(auto state_key,
                   UnwrapBound(document.wrapped_state_key, state_binding, kek, kStateKeyTexts));
  ASSIGN_OR_RETURN(rewrapped.wrapped_state_key, WrapBound(*state_key, state_binding, next));
  for (KeyringDocument::Entry& entry : rewrapped.entries) {
    if (entry.info.state == KeyState::kDestroyed) continue;
    ASSIGN_OR_RETURN(auto material, UnwrapKeyringEntry(document, entry, kek));
    ASSIGN_OR_RETURN(entry.wrapped,
                     WrapBound(*material, KeyBinding(document.vault_id, entry), next));
  }
  // A KEK that does not give back what it took would lose every card: it is asked now.
  const absl::StatusOr<KeyringDocument> opened =
      OpenKeyringDocument(SerializeKeyringDocument(rewrapped), next);
  if (!opened.ok()) return NotGivenBack(opened.status());
  for (const KeyringDocument::Entry& entry : opened->entries) {
    if (entry.info.state == KeyState::kDestroyed) continue;
    const absl::Status status = UnwrapKeyringEntry(*opened, entry, next).status();
    if (!status.ok()) return NotGivenBack(status);
  }
  return rewrapped;
}

}  // namespace cardvault
