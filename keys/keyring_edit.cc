#include "keys/keyring_edit.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// A token says its MAC key's version in one byte.
constexpr uint32_t kMaxTokenMacVersion = 255;

absl::StatusOr<KekVersionInfo*> FindDestroyableKek(absl::string_view check_value,
                                                   KeyringDocument& document) {
  if (document.kek.check_value == check_value) {
    return FailedPrecondition(ErrorReason::kKeyState,
                              "this KEK wraps the keyring: rotate it first");
  }
  for (KekVersionInfo& kek : document.retired_keks) {
    if (kek.check_value != check_value) continue;
    if (kek.destroyed.has_value()) {
      return FailedPrecondition(ErrorReason::kKeyState, "the KEK is destroyed already");
    }
    return &kek;
  }
  return NotFound(ErrorReason::kNotFound, "the keyring knows no KEK of this check value");
}

}  // namespace

absl::Status ActivateNext(const std::vector<KeyPurpose>& purposes, LimitsOf limits_of,
                          absl::Time now, KekProvider& kek, KeyringDocument& document,
                          KeyringChange& change) {
  for (const KeyPurpose purpose : purposes) {
    uint32_t newest = 0;
    for (KeyringDocument::Entry& entry : document.entries) {
      if (entry.info.purpose != purpose) continue;
      newest = std::max(newest, entry.info.version);
      if (CanEncrypt(entry.info.state)) entry.info.state = KeyState::kDeactivated;
    }
    if (purpose == KeyPurpose::kTokenMac && newest >= kMaxTokenMacVersion) {
      return ResourceExhausted(ErrorReason::kLimit, "tokens have no room for a later MAC key");
    }
    const VersionLimits limits = limits_of(purpose);
    ASSIGN_OR_RETURN(
        KeyringDocument::Entry entry,
        NewKeyringEntry(document, purpose, newest + 1, KeyState::kActive, now, limits, kek));
    entry.info.reserved_uses = std::min(limits.use_block, entry.info.max_uses);
    document.entries.push_back(std::move(entry));
    change.activated.push_back({purpose, newest + 1});
  }
  return absl::OkStatus();
}

KeyringDocument::Entry* FindVersion(KeyringDocument& document, KeyPurpose purpose,
                                    uint32_t version) {
  for (KeyringDocument::Entry& entry : document.entries) {
    if (entry.info.purpose == purpose && entry.info.version == version) return &entry;
  }
  return nullptr;
}

absl::Status CheckDestroyable(KeyringDocument& document, KeyPurpose purpose, uint32_t version) {
  const KeyringDocument::Entry* const entry = FindVersion(document, purpose, version);
  if (entry == nullptr) {
    return NotFound(ErrorReason::kNotFound, "there is no such version of this key");
  }
  if (entry->info.state == KeyState::kDestroyed) {
    return FailedPrecondition(ErrorReason::kKeyState, "the key version is destroyed already");
  }
  if (!CanBecome(entry->info.state, KeyState::kDestroyed)) {
    return FailedPrecondition(ErrorReason::kKeyState,
                              "the key version encrypts: rotate the purpose first");
  }
  return absl::OkStatus();
}

void Destroy(KeyPurpose purpose, uint32_t version, const DestructionProof& proof,
             KeyringDocument& document, KeyringChange& change) {
  KeyringDocument::Entry* const entry = FindVersion(document, purpose, version);
  CV_CHECK(entry != nullptr && CanBecome(entry->info.state, KeyState::kDestroyed));
  CV_CHECK(proof.rows_under == 0);
  entry->info.state = KeyState::kDestroyed;
  entry->wrapped.clear();
  change.destroyed = {{purpose, version}, entry->info.check_value, proof};
}

absl::Status BeginKekDestruction(absl::string_view check_value, absl::string_view place,
                                 KeyringDocument& document, KeyringChange& change) {
  ASSIGN_OR_RETURN(KekVersionInfo * kek, FindDestroyableKek(check_value, document));
  kek->destruction_place = std::string(place.data(), place.size());
  change.kek_destruction_begun = {kek->provider, kek->generation, kek->check_value};
  return absl::OkStatus();
}

absl::Status DestroyKek(absl::string_view check_value, absl::Time now, KeyringDocument& document,
                        KeyringChange& change) {
  ASSIGN_OR_RETURN(KekVersionInfo * kek, FindDestroyableKek(check_value, document));
  kek->destroyed = now;
  change.kek_destroyed = {kek->provider, kek->generation, kek->check_value};
  return absl::OkStatus();
}

bool CameOf(const KeyringDocument& open, const KeyringDocument& stored) {
  if (open.vault_id != stored.vault_id || open.entries.size() > stored.entries.size()) {
    return false;
  }
  for (size_t i = 0; i < open.entries.size(); ++i) {
    const KeyringDocument::Entry& x = open.entries[i];
    const KeyringDocument::Entry& y = stored.entries[i];
    if (x.key_id != y.key_id || x.info.purpose != y.info.purpose ||
        x.info.version != y.info.version || x.info.max_uses != y.info.max_uses ||
        x.info.use_end != y.info.use_end || x.info.public_key != y.info.public_key ||
        (x.info.state != y.info.state && !CanBecome(x.info.state, y.info.state)) ||
        x.info.reserved_uses > y.info.reserved_uses) {
      return false;
    }
  }
  return true;
}

}  // namespace cardvault
