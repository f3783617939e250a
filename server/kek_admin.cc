#include "server/kek_admin.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "server/custody_row.h"
#include "server/key_text.h"
#include "vault/backup/backup_rows.h"
#include "vault/commit/write_set.h"
#include "vault/keyring_row_store.h"

namespace cardvault {
namespace {

// Places at which a KEK may lie that a try which was cut short has made.
constexpr uint32_t kMaxUnusedKeks = 16;

constexpr char kCustody[] = "custody";

absl::Status InCustody() {
  return FailedPrecondition(ErrorReason::kMode,
                            "the KEK is in custody: a new one is made with its custodians");
}

// The check value of one that does not open is not known, so that it is not deleted.
absl::Status NotOpened(const absl::Status& why) {
  constexpr ErrorText kText =
      "the next KEK was made and does not open: it wraps nothing and is left where it lies; "
      "nothing "
      "is changed, and the next try makes another";
  if (absl::IsUnavailable(why)) return Unavailable(ReasonOf(why), kText);
  return FailedPrecondition(ReasonOf(why), kText);
}

}  // namespace

absl::StatusOr<KekSource*> KekAdmin::TargetOf(const admin::v1::RotateKekRequest& request,
                                              const KekVersionInfo& present) {
  const bool in_custody = present.provider == kCustody;
  if (!request.to_next()) {
    if (in_custody) return InCustody();
    return parts_.places.PlaceOf(present);
  }
  const KekPlaces::Place* const next = parts_.places.next();
  if (next == nullptr) {
    return FailedPrecondition(ErrorReason::kMode,
                              "the configuration has no section `kek_next`: write there where the "
                              "KEK is to go, and start the server with it");
  }
  if (next->source == nullptr) {
    return FailedPrecondition(
        ErrorReason::kMode,
        "`kek_next` is custody: `cardvault custodian replace` makes a KEK with "
        "its custodians");
  }
  if (!in_custody) {
    ASSIGN_OR_RETURN(const KekSource* const source, parts_.places.PlaceOf(present));
    if (source == next->source.get()) {
      return FailedPrecondition(ErrorReason::kKeyState,
                                "the KEK is at `kek_next` already: destroy the ones before, then "
                                "write that section as `kek`");
    }
  }
  return next->source.get();
}

absl::StatusOr<std::string> KekAdmin::CheckRotate(const admin::v1::RotateKekRequest& request) {
  const absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
  ASSIGN_OR_RETURN(const KekSource* const target, TargetOf(request, keyring->keks().back()));
  const absl::string_view provider = target->provider();
  return std::string(provider.data(), provider.size());
}

void KekAdmin::TellOfUnused(const AuditOrigin& origin, const KekSource& source, uint32_t generation,
                            const absl::Status& why) {
  LogEvent(LogLevel::kError, "kek.unused_left").With("status", why);
  AuditLeaf leaf{AuditAction::kKekLeftUnused};
  leaf.outcome = AuditOutcome::kFailed;
  leaf.reason = ReasonOf(why);
  leaf.origin = origin;
  leaf.object = absl::StrCat(source.provider(), " ", generation);
  WriteSet set;
  set.leaves.push_back(std::move(leaf));
  const absl::Status told = parts_.pipeline.SubmitAndWait(std::move(set)).status;
  if (!told.ok()) LogEvent(LogLevel::kError, "kek.unused_not_told").With("status", told);
}

absl::StatusOr<std::shared_ptr<KekProvider>> KekAdmin::MakeNext(const Warrant& warrant,
                                                                KekSource& source,
                                                                uint32_t generation) {
  // What lies there may be of a try whose commit was lost, so it is neither used nor deleted.
  for (uint32_t tries = 0;; ++tries, ++generation) {
    ASSIGN_OR_RETURN(const bool taken, source.Exists(generation));
    if (!taken) break;
    if (tries == kMaxUnusedKeks) {
      return ResourceExhausted(
          ErrorReason::kLimit,
          "too many unused KEKs lie where the next one is made: look which the "
          "keyring names and delete the others");
    }
  }
  RETURN_IF_ERROR(source.Create(generation));
  absl::StatusOr<std::unique_ptr<KekProvider>> next = source.Open(generation);
  if (next.ok()) return *std::move(next);
  TellOfUnused(warrant.origin, source, generation, next.status());
  return NotOpened(next.status());
}

absl::StatusOr<admin::v1::RotateKekResponse> KekAdmin::Rotate(
    const Warrant& warrant, const admin::v1::RotateKekRequest& request) {
  const absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> before, parts_.keyring.Snapshot());
  const KekVersionInfo present = before->keks().back();
  ASSIGN_OR_RETURN(KekSource* const source, TargetOf(request, present));
  // A record of custodians is that of the KEK in use, or there is none.
  ASSIGN_OR_RETURN(const std::optional<StoredCustody> custody, ReadCustody(parts_.engine));
  WriteSet beside = NoCustodySet(custody);
  warrant.Join(beside);
  ASSIGN_OR_RETURN(std::shared_ptr<KekProvider> next,
                   MakeNext(warrant, *source, present.generation + 1));
  const uint32_t generation = next->generation();
  const std::string check_value = next->check_value();
  KeyringRowStore store(parts_.engine, parts_.pipeline, Warrant(warrant.origin, std::move(beside)));
  const absl::Status rewrapped = parts_.manager.Rewrap(std::move(next), store);
  if (!rewrapped.ok() && !absl::IsUnavailable(rewrapped)) {
    // Nothing was wrapped by it: a medium that did not answer may have committed all the same.
    const absl::Status removed = source->Destroy(generation, check_value);
    if (!removed.ok()) TellOfUnused(warrant.origin, *source, generation, removed);
  }
  RETURN_IF_ERROR(rewrapped);
  // The keys as the KEK before had wrapped them.
  const bool purged = parts_.purge_keys();
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
  admin::v1::RotateKekResponse response;
  *response.mutable_kek() = ShownKek(keyring->keks().back());
  response.set_purged(purged);
  return response;
}

absl::Status KekAdmin::CheckDestroy(const admin::v1::DestroyKekRequest& request) const {
  RETURN_IF_ERROR(CheckKekCheckValue(request.check_value()));
  ASSIGN_OR_RETURN(const uint64_t backups, CountBackupsUnder(parts_.engine, request.check_value()));
  if (backups > 0) {
    return FailedPrecondition(ErrorReason::kKeyState,
                              "a listed backup needs this KEK: delete the backup first");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
  for (const KekVersionInfo& kek : keyring->keks()) {
    if (kek.check_value != request.check_value()) continue;
    if (!kek.retired.has_value() || kek.destroyed.has_value()) {
      return FailedPrecondition(ErrorReason::kKeyState,
                                "this KEK wraps the keyring, or is destroyed already");
    }
    if (kek.provider == kCustody) {
      return FailedPrecondition(ErrorReason::kMode,
                                "this KEK was in custody: it ends when its custodians destroy "
                                "their shares");
    }
    if (!parts_.places.Of(kek.provider).empty()) return absl::OkStatus();
    return FailedPrecondition(ErrorReason::kMode,
                              "this KEK is with a provider that neither `kek` nor `kek_next` "
                              "names: start the server with its section");
  }
  return NotFound(ErrorReason::kNotFound, "the keyring knows no KEK of this check value");
}

absl::StatusOr<KekSource*> KekAdmin::PlaceOfRetired(const KekVersionInfo& kek) {
  absl::Status problem = FailedPrecondition(
      ErrorReason::kMode,
      "this KEK is not where `kek` or `kek_next` says: nothing is deleted, and nobody knows "
      "whether it is gone");
  KekSource* begun = nullptr;
  for (KekSource* const source : parts_.places.Of(kek.provider)) {
    const absl::StatusOr<std::unique_ptr<KekProvider>> opened = source->Open(kek.generation);
    if (opened.ok() && (*opened)->check_value() == kek.check_value) return source;
    if (absl::IsNotFound(opened.status())) {
      // The place in which it was seen when its destruction began, and no other, says that it is
      // gone.
      if (source->place() == kek.destruction_place) begun = source;
    } else if (!opened.ok()) {
      problem = opened.status();
    }
  }
  if (begun != nullptr) return begun;
  return problem;
}

absl::StatusOr<admin::v1::DestroyKekResponse> KekAdmin::Destroy(
    const Warrant& warrant, const admin::v1::DestroyKekRequest& request) {
  RETURN_IF_ERROR(CheckDestroy(request));
  const absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> before, parts_.keyring.Snapshot());
  KekVersionInfo gone;
  for (const KekVersionInfo& kek : before->keks()) {
    if (kek.check_value == request.check_value()) gone = kek;
  }
  ASSIGN_OR_RETURN(KekSource* const source, PlaceOfRetired(gone));
  KeyringRowStore store(parts_.engine, parts_.pipeline, warrant);
  RETURN_IF_ERROR(
      parts_.manager.EnterKekDestructionBegun(gone.check_value, source->place(), store));
  // One that is gone and not entered is entered by the next try.
  const absl::Status deleted = source->Destroy(gone.generation, gone.check_value);
  if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
  RETURN_IF_ERROR(parts_.manager.EnterKekDestroyed(gone.check_value, store));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
  admin::v1::DestroyKekResponse response;
  for (const KekVersionInfo& kek : keyring->keks()) {
    if (kek.check_value == gone.check_value) *response.mutable_kek() = ShownKek(kek);
  }
  return response;
}

}  // namespace cardvault
