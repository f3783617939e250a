#include "keys/custody/share_collector.h"

#include <algorithm>
#include <utility>

#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/custody/custody_kek_provider.h"
#include "keys/custody/secret_sharing.h"
#include "keys/custody/share_commitment.h"
#include "keys/key_check_value.h"
#include "keys/key_material.h"

namespace cardvault {
namespace {

absl::Status Stranger() {
  return PermissionDenied(ErrorReason::kPolicy, "this identity is no custodian of the vault's key");
}

}  // namespace

ShareCollector::ShareCollector(CustodyRecord record, const Clock& clock)
    : clock_(clock), record_(std::move(record)), places_(record_.custodians.size()) {}

ShareCollector::~ShareCollector() = default;

absl::StatusOr<ShareCollector::Progress> ShareCollector::Submit(absl::string_view custodian,
                                                                const SecretBytes& share) {
  const absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_.SinceBoot();
  ForgetExpiredBy(now);
  const size_t index = PlaceOf(custodian);
  if (index == places_.size()) return Stranger();
  if (!record_.custodians[index].acknowledge_time.has_value()) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "a custodian acknowledges his duties before his share is taken");
  }
  RETURN_IF_ERROR(Judge(index, share, now));
  Place& place = places_[index];
  if (place.share != nullptr) {
    return AlreadyExists(ErrorReason::kFieldInvalid, "share",
                         "this custodian's share was taken already");
  }
  ASSIGN_OR_RETURN(place.share, KeyMaterial::CopyOf(SecretBytesAccess::View(share)));
  place.expires = now + kShareLifetime;

  Progress progress;
  progress.collected = Collected();
  progress.threshold = record_.threshold;
  if (progress.collected == record_.threshold) {
    ASSIGN_OR_RETURN(progress.kek, Combine());
  }
  return progress;
}

absl::Status ShareCollector::Prove(absl::string_view custodian, const SecretBytes& share) {
  const absl::MutexLock lock(&mutex_);
  const size_t index = PlaceOf(custodian);
  if (index == places_.size()) return Stranger();
  return Judge(index, share, clock_.SinceBoot());
}

absl::Status ShareCollector::Judge(size_t index, const SecretBytes& share, absl::Duration now) {
  Place& place = places_[index];
  if (now < place.locked_until) {
    return ResourceExhausted(ErrorReason::kRate,
                             "too many wrong shares: this custodian is locked out for 15 minutes");
  }
  const absl::Status right = CheckShare(index, share);
  if (absl::IsInternal(right)) return right;  // nothing that he did
  if (right.ok()) {
    place.failures = 0;
  } else if (++place.failures == kMaxShareFailures) {
    place.failures = 0;
    place.locked_until = now + kShareLockout;
  }
  return right;
}

void ShareCollector::Forget(absl::string_view custodian) {
  const absl::MutexLock lock(&mutex_);
  const size_t index = PlaceOf(custodian);
  if (index != places_.size()) places_[index].share = nullptr;
}

size_t ShareCollector::PlaceOf(absl::string_view custodian) const {
  const auto entry = std::find_if(
      record_.custodians.begin(), record_.custodians.end(),
      [&](const CustodyRecord::Custodian& known) { return known.identity == custodian; });
  return static_cast<size_t>(entry - record_.custodians.begin());
}

void ShareCollector::ForgetExpired() {
  const absl::MutexLock lock(&mutex_);
  ForgetExpiredBy(clock_.SinceBoot());
}

void ShareCollector::SetRecord(CustodyRecord record) {
  const absl::MutexLock lock(&mutex_);
  std::vector<Place> places(record.custodians.size());
  for (size_t to = 0; to < places.size(); ++to) {
    for (size_t from = 0; from < places_.size(); ++from) {
      if (record.custodians[to].identity != record_.custodians[from].identity) continue;
      places[to] = std::move(places_[from]);
      // The commitment names KEK, custodian and index: the same means the same share.
      if (!SameCommitment(record.custodians[to].commitment, record_.custodians[from].commitment)) {
        places[to].share = nullptr;
      }
    }
  }
  places_ = std::move(places);
  record_ = std::move(record);
}

ShareCollector::Status ShareCollector::GetStatus() {
  const absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_.SinceBoot();
  ForgetExpiredBy(now);
  Status status;
  status.check_value = record_.check_value;
  status.threshold = record_.threshold;
  status.collected = Collected();
  for (size_t i = 0; i < places_.size(); ++i) {
    const CustodyRecord::Custodian& custodian = record_.custodians[i];
    status.custodians.push_back({custodian.identity, custodian.acknowledge_time.has_value(),
                                 places_[i].share != nullptr,
                                 std::max(places_[i].locked_until - now, absl::ZeroDuration())});
  }
  return status;
}

void ShareCollector::ForgetExpiredBy(absl::Duration now) {
  for (Place& place : places_) {
    if (now >= place.expires) place.share = nullptr;
  }
}

// Every custodian's commitment is compared, whichever is right.
absl::Status ShareCollector::CheckShare(size_t place, const SecretBytes& share) const {
  if (share.size() != kShareSize) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "share",
                           "a share does not have the size of one");
  }
  bool own = false;
  bool of_another = false;
  for (size_t i = 0; i < record_.custodians.size(); ++i) {
    const CustodyRecord::Custodian& custodian = record_.custodians[i];
    ASSIGN_OR_RETURN(
        const std::string commitment,
        ShareCommitment(record_.kek_id, custodian.identity, static_cast<uint32_t>(i + 1), share));
    const bool same = SameCommitment(commitment, custodian.commitment);
    (i == place ? own : of_another) |= same;
  }
  if (own) return absl::OkStatus();
  if (of_another) {
    return PermissionDenied(ErrorReason::kPolicy,
                            "the share is another custodian's: each submits his own");
  }
  return InvalidArgument(ErrorReason::kFieldInvalid, "share",
                         "the share is not this custodian's share of the present key");
}

uint32_t ShareCollector::Collected() const {
  return static_cast<uint32_t>(std::count_if(
      places_.begin(), places_.end(), [](const Place& place) { return place.share != nullptr; }));
}

absl::StatusOr<std::unique_ptr<KekProvider>> ShareCollector::Combine() {
  std::vector<std::shared_ptr<const KeyMaterial>> shares;
  for (Place& place : places_) {
    if (place.share != nullptr) shares.push_back(std::move(place.share));
  }
  auto kek = CombineKey(shares);
  // Every share was the one that was made: it is the record that does not fit itself.
  if (absl::IsInvalidArgument(kek.status()) ||
      (kek.ok() && KeyCheckValue(*kek) != record_.check_value)) {
    return DataLoss("the shares do not give the key of the custody record");
  }
  if (!kek.ok()) return kek.status();
  return NewCustodyKekProvider(*kek, record_);
}

}  // namespace cardvault
