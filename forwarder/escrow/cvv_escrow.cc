#include "forwarder/escrow/cvv_escrow.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "card/base32.h"
#include "forwarder/escrow/cvv_sealer.h"
#include "forwarder/escrow/deposit_table.h"
#include "forwarder/escrow/locked_slots.h"
#include "keys/aead_key.h"
#include "keys/process_key.h"

namespace cardvault {
namespace {

constexpr size_t kCvvIdRandomSize = 16;
constexpr absl::string_view kCvvIdPrefix = "cvv_";

absl::Status Required() {
  return FailedPrecondition(ErrorReason::kCvvRequired,
                            "no card verification code is held for this token: call ProvideCvv");
}

absl::Status Expired() {
  return FailedPrecondition(ErrorReason::kCvvExpired,
                            "the card verification code has expired: call ProvideCvv");
}

bool IsHeld(const DepositEntry* deposit) { return deposit->state == CvvState::kHeld; }

// Expired also when nobody has swept yet.
CvvState StateAt(const DepositEntry& deposit, absl::Duration now) {
  const bool is_live = deposit.state == CvvState::kHeld || deposit.state == CvvState::kLeased;
  return is_live && now >= deposit.expires ? CvvState::kExpired : deposit.state;
}

}  // namespace

class CvvEscrow::Impl final {
 public:
  Impl(const Clock& clock, absl::Duration life, std::shared_ptr<const AeadKey> key,
       std::unique_ptr<LockedSlots> slots)
      : clock_(clock),
        life_(life),
        key_(std::move(key)),
        slots_(std::move(slots)),
        table_(*slots_, DepositTable::Limits{kMaxDepositsPerToken, kMaxDeposits, kMaxEndedDeposits,
                                             kEndedDepositMemory}) {}

  absl::StatusOr<CvvDeposit> Add(const MerchantId& merchant, const Token& token, const Cvv& cvv);
  absl::StatusOr<std::string> Take(const MerchantId& merchant, const Token& token,
                                   absl::string_view cvv_id);
  absl::StatusOr<Cvv> Open(absl::string_view token, absl::string_view cvv_id);
  void Finish(absl::string_view token, absl::string_view cvv_id, bool is_consumed);
  CvvStatus StatusOf(const MerchantId& merchant, const Token& token) const;
  std::optional<CvvDeposit> FindHeld(const MerchantId& merchant, const Token& token) const;

  void Wipe(const Token& token) {
    absl::MutexLock lock(&mutex_);
    table_.Forget(token.text());
  }
  void WipeAll() {
    absl::MutexLock lock(&mutex_);
    table_.ForgetAll();
  }
  void Sweep() {
    absl::MutexLock lock(&mutex_);
    table_.Sweep(clock_.SinceBoot());
  }

 private:
  // Constant after construction.
  const Clock& clock_;
  const absl::Duration life_;
  const std::shared_ptr<const AeadKey> key_;

  mutable absl::Mutex mutex_;
  const std::unique_ptr<LockedSlots> slots_ ABSL_PT_GUARDED_BY(mutex_);
  DepositTable table_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<CvvDeposit> CvvEscrow::Impl::Add(const MerchantId& merchant, const Token& token,
                                                const Cvv& cvv) {
  std::string cvv_id(kCvvIdPrefix.data(), kCvvIdPrefix.size());
  cvv_id += Base32Lower(RandomBytes(kCvvIdRandomSize));
  ASSIGN_OR_RETURN(std::string sealed, SealCvv(*key_, {merchant, token.text(), cvv_id}, cvv));

  absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_.SinceBoot();
  table_.Sweep(now);
  const bool has_room = table_.MakeRoom(merchant, token.text());
  if (has_room) {
    DepositEntry deposit(merchant, token.text(), cvv_id);
    deposit.expires = now + life_;
    table_.Add(std::move(deposit), sealed);
  }
  // The slot holds it now; this copy was on the heap, which is not locked.
  OPENSSL_cleanse(sealed.data(), sealed.size());
  if (!has_room) {
    return ResourceExhausted(ErrorReason::kLimit,
                             "no room for another card verification code: try again later");
  }
  return CvvDeposit{std::move(cvv_id), clock_.Now() + life_};
}

absl::StatusOr<std::string> CvvEscrow::Impl::Take(const MerchantId& merchant, const Token& token,
                                                  absl::string_view cvv_id) {
  absl::MutexLock lock(&mutex_);
  table_.Sweep(clock_.SinceBoot());
  const std::vector<DepositEntry*> all = table_.Of(merchant, token.text());
  auto chosen = all.rend();
  if (!cvv_id.empty()) {
    chosen = std::find_if(all.rbegin(), all.rend(),
                          [&](const DepositEntry* deposit) { return deposit->cvv_id == cvv_id; });
  } else {
    chosen = std::find_if(all.rbegin(), all.rend(), IsHeld);
    if (chosen == all.rend()) chosen = all.rbegin();
  }
  if (chosen == all.rend()) return Required();
  if ((*chosen)->state == CvvState::kExpired) return Expired();
  if (!IsHeld(*chosen)) return Required();
  table_.Lease(**chosen);
  return (*chosen)->cvv_id;
}

absl::StatusOr<Cvv> CvvEscrow::Impl::Open(absl::string_view token, absl::string_view cvv_id) {
  absl::MutexLock lock(&mutex_);
  table_.Sweep(clock_.SinceBoot());
  const DepositEntry* const deposit = table_.Find(token, cvv_id);
  if (deposit == nullptr) return Required();
  if (deposit->state == CvvState::kExpired) return Expired();
  if (deposit->state != CvvState::kLeased) return Required();
  return OpenCvv(*key_, {deposit->merchant, token, cvv_id}, slots_->View(deposit->slot));
}

void CvvEscrow::Impl::Finish(absl::string_view token, absl::string_view cvv_id, bool is_consumed) {
  absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_.SinceBoot();
  table_.Sweep(now);
  DepositEntry* const deposit = table_.Find(token, cvv_id);
  // Expired or wiped under the lease: there is nothing left to end.
  if (deposit == nullptr || deposit->state != CvvState::kLeased) return;
  if (is_consumed) {
    table_.End(*deposit, CvvState::kConsumed, now);
  } else {
    table_.GiveBack(*deposit);
  }
}

CvvStatus CvvEscrow::Impl::StatusOf(const MerchantId& merchant, const Token& token) const {
  absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_.SinceBoot();
  CvvStatus status;
  for (const DepositEntry* const deposit : table_.Of(merchant, token.text())) {
    const CvvState state = StateAt(*deposit, now);
    if (state == CvvState::kHeld) {
      status = {state, clock_.Now() + (deposit->expires - now)};
    } else if (status.state != CvvState::kHeld) {
      status = {state, std::nullopt};
    }
  }
  return status;
}

std::optional<CvvDeposit> CvvEscrow::Impl::FindHeld(const MerchantId& merchant,
                                                    const Token& token) const {
  absl::MutexLock lock(&mutex_);
  const absl::Duration now = clock_.SinceBoot();
  const std::vector<const DepositEntry*> all = table_.Of(merchant, token.text());
  const auto newest = std::find_if(all.rbegin(), all.rend(), [now](const DepositEntry* deposit) {
    return StateAt(*deposit, now) == CvvState::kHeld;
  });
  if (newest == all.rend()) return std::nullopt;
  return CvvDeposit{(*newest)->cvv_id, clock_.Now() + ((*newest)->expires - now)};
}

absl::StatusOr<std::unique_ptr<CvvEscrow>> CvvEscrow::Create(const Clock& clock,
                                                             absl::Duration life) {
  CV_CHECK(life > absl::ZeroDuration() && life <= kMaxCvvLife);
  ASSIGN_OR_RETURN(std::shared_ptr<const AeadKey> key, NewProcessKey());
  ASSIGN_OR_RETURN(std::unique_ptr<LockedSlots> slots,
                   LockedSlots::Create(kMaxDeposits, kSealedCvvSize));
  return std::unique_ptr<CvvEscrow>(
      new CvvEscrow(std::make_unique<Impl>(clock, life, std::move(key), std::move(slots))));
}

CvvEscrow::CvvEscrow(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CvvEscrow::~CvvEscrow() = default;

absl::StatusOr<CvvDeposit> CvvEscrow::Deposit(const MerchantId& merchant, const Token& token,
                                              Cvv cvv) {
  return impl_->Add(merchant, token, cvv);
}

absl::StatusOr<CvvLease> CvvEscrow::Lease(const MerchantId& merchant, const Token& token,
                                          absl::string_view cvv_id) {
  ASSIGN_OR_RETURN(std::string taken, impl_->Take(merchant, token, cvv_id));
  return CvvLease(this, token.text(), std::move(taken));
}

CvvStatus CvvEscrow::StatusOf(const MerchantId& merchant, const Token& token) const {
  return impl_->StatusOf(merchant, token);
}

std::optional<CvvDeposit> CvvEscrow::FindHeld(const MerchantId& merchant,
                                              const Token& token) const {
  return impl_->FindHeld(merchant, token);
}

void CvvEscrow::Wipe(const Token& token) { impl_->Wipe(token); }
void CvvEscrow::WipeAll() { impl_->WipeAll(); }
void CvvEscrow::Sweep() { impl_->Sweep(); }

CvvLease::CvvLease(CvvEscrow* escrow, std::string token, std::string cvv_id)
    : escrow_(escrow), token_(std::move(token)), cvv_id_(std::move(cvv_id)) {}

CvvLease::CvvLease(CvvLease&& other) noexcept
    : escrow_(std::exchange(other.escrow_, nullptr)),
      token_(std::move(other.token_)),
      cvv_id_(std::move(other.cvv_id_)) {}

CvvLease& CvvLease::operator=(CvvLease&& other) noexcept {
  if (this != &other) {
    Consume();
    escrow_ = std::exchange(other.escrow_, nullptr);
    token_ = std::move(other.token_);
    cvv_id_ = std::move(other.cvv_id_);
  }
  return *this;
}

CvvLease::~CvvLease() { Consume(); }

absl::StatusOr<Cvv> CvvLease::Open() const {
  if (escrow_ == nullptr) return Required();
  return escrow_->impl_->Open(token_, cvv_id_);
}

void CvvLease::Consume() {
  if (escrow_ == nullptr) return;
  std::exchange(escrow_, nullptr)->impl_->Finish(token_, cvv_id_, /*is_consumed=*/true);
}

void CvvLease::GiveBack() {
  if (escrow_ == nullptr) return;
  std::exchange(escrow_, nullptr)->impl_->Finish(token_, cvv_id_, /*is_consumed=*/false);
}

}  // namespace cardvault
