#include "keys/live_keys.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"

namespace cardvault {

LiveKeys::LiveKeys(uint64_t use_block, std::function<void()> wake)
    : use_block_(use_block), wake_(std::move(wake)) {}

absl::Status LiveKeys::Append(const KeyringDocument& document, KekProvider& kek) {
  std::vector<Key> further(document.entries.size() - keys_.size());
  for (size_t i = 0; i < further.size(); ++i) {
    const KeyringDocument::Entry& entry = document.entries[keys_.size() + i];
    if (entry.info.state == KeyState::kDestroyed) continue;
    ASSIGN_OR_RETURN(auto material, UnwrapKeyringEntry(document, entry, kek));
    const KeyAlgorithm algorithm = AlgorithmOf(entry.info.purpose);
    if (algorithm == KeyAlgorithm::kHmacSha256) {
      further[i].mac = std::make_shared<const MacKey>(entry.info.version, std::move(material));
      continue;
    }
    if (algorithm == KeyAlgorithm::kEd25519) {
      ASSIGN_OR_RETURN(further[i].signing, SigningKey::FromSeed(entry.info.version, *material));
      continue;
    }
    // Nothing is reserved yet, and for a version that is not active nothing ever will be: it opens
    // and cannot seal.
    further[i].counter = std::make_shared<UseCounter>(0, use_block_ / 2, wake_);
    further[i].aead = std::make_shared<const AeadKey>(entry.info.version, std::move(material),
                                                      further[i].counter);
  }
  for (Key& key : further) keys_.push_back(std::move(key));
  return absl::OkStatus();
}

void LiveKeys::ForgetDestroyed(const KeyringDocument& document) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (document.entries[i].info.state == KeyState::kDestroyed) keys_[i] = {};
  }
}

LiveKeys::Reservation LiveKeys::Reserve(absl::Time now, KeyringDocument& next) const {
  Reservation added(keys_.size(), 0);
  bool any = false;
  for (size_t i = 0; i < keys_.size(); ++i) {
    KeyVersionInfo& info = next.entries[i].info;
    if (keys_[i].counter == nullptr || !CanEncrypt(info.state) || now >= info.use_end) continue;
    if (keys_[i].counter->remaining() > use_block_ / 2) continue;
    added[i] = std::min(use_block_, info.max_uses - info.reserved_uses);
    info.reserved_uses += added[i];
    any = any || added[i] > 0;  // none left below the ceiling: the next version is due
  }
  return any ? added : Reservation();
}

void LiveKeys::GiveOut(const Reservation& reservation) {
  for (size_t i = 0; i < reservation.size(); ++i) {
    if (reservation[i] > 0) keys_[i].counter->Add(reservation[i]);
  }
}

void LiveKeys::GiveOutFrom(size_t first, const KeyringDocument& document) {
  for (size_t i = first; i < keys_.size(); ++i) {
    const uint64_t uses = document.entries[i].info.reserved_uses;
    if (keys_[i].counter != nullptr) keys_[i].counter->Add(uses);
  }
}

void LiveKeys::EndExpired(absl::Time now, const KeyringDocument& document) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    const KeyVersionInfo& info = document.entries[i].info;
    if (keys_[i].counter == nullptr || !CanEncrypt(info.state) || now < info.use_end) continue;
    if (keys_[i].counter->remaining() == 0) continue;
    keys_[i].counter->Exhaust();
    LogEvent(LogLevel::kError, "key.expired")
        .With("purpose", info.purpose)
        .With("version", info.version);
  }
}

bool LiveKeys::IsUsedUp(size_t entry, const KeyringDocument& document) const {
  const KeyVersionInfo& info = document.entries[entry].info;
  return keys_[entry].counter != nullptr && info.reserved_uses == info.max_uses &&
         keys_[entry].counter->remaining() <= use_block_ / 2;
}

bool LiveKeys::GiveBack(KeyringDocument& document) {
  bool unused = false;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].counter == nullptr) continue;
    // A closed counter gives no more, so what stays reserved covers all that was taken.
    const uint64_t left = keys_[i].counter->Close();
    KeyVersionInfo& info = document.entries[i].info;
    CV_CHECK(left <= info.reserved_uses);
    info.reserved_uses -= left;
    unused = unused || left > 0;
  }
  return unused;
}

std::shared_ptr<const Keyring> LiveKeys::Snapshot(const KeyringDocument& document) const {
  std::vector<Keyring::Version> versions(keys_.size());
  for (size_t i = 0; i < keys_.size(); ++i) {
    versions[i].info = document.entries[i].info;
    versions[i].aead = keys_[i].aead;
    versions[i].mac = keys_[i].mac;
    versions[i].signing = keys_[i].signing;
  }
  std::vector<KekVersionInfo> keks = document.retired_keks;
  keks.push_back(document.kek);
  return std::make_shared<const Keyring>(document.vault_id, document.revision, std::move(versions),
                                         std::move(keks));
}

}  // namespace cardvault
