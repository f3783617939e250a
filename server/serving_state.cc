#include "server/serving_state.h"

#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace cardvault {
namespace {

// In the order in which a caller hears of them: what must be lifted first.
constexpr Restriction kAll[] = {Restriction::kNotAdmitted, Restriction::kConfigUnapproved,
                                Restriction::kSealed, Restriction::kLogFailing};

absl::Status Refusal(Restriction restriction) {
  switch (restriction) {
    case Restriction::kSealed:
      return FailedPrecondition(ErrorReason::kVaultSealed, "the vault is sealed");
    case Restriction::kConfigUnapproved:
      return FailedPrecondition(ErrorReason::kConfigUnapproved,
                                "the configuration is not the one that was approved: see "
                                "`cardvault config show`");
    case Restriction::kNotAdmitted:
      return FailedPrecondition(ErrorReason::kNotAdmitted,
                                "the store is not admitted: see `cardvault store show`");
    case Restriction::kLogFailing:
      return Unavailable(ErrorReason::kAuditUnavailable, "the audit log cannot be written");
  }
  CV_CHECK(false);
}

absl::string_view NameOf(Restriction restriction) {
  switch (restriction) {
    case Restriction::kSealed:
      return "sealed";
    case Restriction::kConfigUnapproved:
      return "config-unapproved";
    case Restriction::kNotAdmitted:
      return "not-admitted";
    case Restriction::kLogFailing:
      return "log-failing";
  }
  CV_CHECK(false);
}

}  // namespace

void ServingState::Impose(Restriction restriction) {
  absl::MutexLock lock(&mutex_);
  Set(restrictions_ | restriction);
}

void ServingState::Lift(Restriction restriction) {
  absl::MutexLock lock(&mutex_);
  Set(restrictions_ - restriction);
}

void ServingState::Set(Restrictions restrictions) {
  if (restrictions == restrictions_) return;
  restrictions_ = restrictions;
  if (observer_) observer_(restrictions_.empty());
}

Restrictions ServingState::Current() const {
  absl::MutexLock lock(&mutex_);
  return restrictions_;
}

absl::Status ServingState::Check(Restrictions served_under) const {
  const Restrictions standing = Current() - served_under - Restriction::kLogFailing;
  for (const Restriction restriction : kAll) {
    if (standing.Has(restriction)) return Refusal(restriction);
  }
  return absl::OkStatus();
}

absl::string_view ServingState::Name() const {
  const Restrictions current = Current();
  for (const Restriction restriction : kAll) {
    if (current.Has(restriction)) return NameOf(restriction);
  }
  return "serving";
}

void ServingState::Observe(std::function<void(bool)> observer) {
  absl::MutexLock lock(&mutex_);
  observer_ = std::move(observer);
  if (observer_) observer_(restrictions_.empty());
}

}  // namespace cardvault
