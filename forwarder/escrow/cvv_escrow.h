#ifndef CARDVAULT_FORWARDER_ESCROW_CVV_ESCROW_H_
#define CARDVAULT_FORWARDER_ESCROW_CVV_ESCROW_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"
#include "card/sad/cvv.h"
#include "card/token.h"
#include "forwarder/escrow/cvv_state.h"  // IWYU pragma: export

namespace cardvault {

inline constexpr size_t kMaxDepositsPerToken = 4;  // a fifth pushes the oldest out
// Deposits in all: each takes 33 bytes of locked memory, 2.1 MiB together, which beside the key
// heap fits into Debian's default RLIMIT_MEMLOCK of 8 MiB. No merchant has a share of its own, but
// none can take the others': when the escrow is full, a deposit pushes out the oldest that is held
// of the merchant that holds most (its own, if none holds more). Who holds less than that one loses
// nothing; a pushed-out code is asked for again (CVV_REQUIRED). What is leased always stays.
inline constexpr size_t kMaxDeposits = 65536;
// That one was CONSUMED or EXPIRED is remembered as long, of the newest so many.
inline constexpr absl::Duration kEndedDepositMemory = absl::Hours(24);
inline constexpr size_t kMaxEndedDeposits = 65536;
inline constexpr absl::Duration kDefaultCvvLife = absl::Minutes(15);
inline constexpr absl::Duration kMaxCvvLife = absl::Minutes(60);

struct CvvStatus {
  CvvState state = CvvState::kNone;
  std::optional<absl::Time> held_until;  // with kHeld
};

struct CvvDeposit {
  std::string cvv_id;  // "cvv_" and 26 characters of base32, random
  absl::Time held_until;
};

class CvvEscrow;

// One CVV taken out for one payment attempt. Destroying it without GiveBack consumes it: the code
// is gone. Move-only; must not outlive the escrow. Not thread-safe.
class CvvLease final {
 public:
  CvvLease(CvvLease&& other) noexcept;
  CvvLease& operator=(CvvLease&& other) noexcept;
  ~CvvLease();

  // The code, opened for the request that is being built. DATA_LOSS if the sealed deposit was
  // damaged in memory; FAILED_PRECONDITION: CVV_EXPIRED when its time ran out meanwhile,
  // CVV_REQUIRED when the token's deposits were wiped meanwhile or the lease is spent.
  absl::StatusOr<Cvv> Open() const;

  // The last byte of the request was handed to TLS, or may have been.
  void Consume();

  // The request provably never left: the deposit is HELD again for what is left of its time.
  void GiveBack();

 private:
  friend class CvvEscrow;
  CvvLease(CvvEscrow* escrow, std::string token, std::string cvv_id);

  CvvEscrow* escrow_;  // null once moved from, consumed or given back
  std::string token_;
  std::string cvv_id_;
};

// Holds CVVs between their deposit and one payment attempt: locked memory, sealed under a process
// key that is never stored, 15 minutes by default and 60 at most by CLOCK_BOOTTIME. A restart
// loses all of it by design; nothing of it, derived values included, is written anywhere.
// Thread-safe.
class CvvEscrow final {
 public:
  // INTERNAL when memory cannot be locked. `life` is at most kMaxCvvLife. `clock` outlives it.
  static absl::StatusOr<std::unique_ptr<CvvEscrow>> Create(const Clock& clock, absl::Duration life);
  ~CvvEscrow();  // wipes all

  // RESOURCE_EXHAUSTED (LIMIT) when every deposit of the token is leased by a payment under way, or
  // all of kMaxDeposits are.
  absl::StatusOr<CvvDeposit> Deposit(const MerchantId& merchant, const Token& token, Cvv cvv);

  // The newest deposit that is held, if there is one.
  std::optional<CvvDeposit> FindHeld(const MerchantId& merchant, const Token& token) const;

  // Takes the named deposit, or with "" the newest that is held. FAILED_PRECONDITION: CVV_REQUIRED
  // when there is none (never, another token's, leased, consumed, or lost in a restart),
  // CVV_EXPIRED.
  absl::StatusOr<CvvLease> Lease(const MerchantId& merchant, const Token& token,
                                 absl::string_view cvv_id);

  // The newest deposit's state counts, except that any that is HELD wins.
  CvvStatus StatusOf(const MerchantId& merchant, const Token& token) const;

  // Forgets every deposit of a token (deleted, PAN replaced, disabled).
  void Wipe(const Token& token);

  // Forgets every deposit, also what is leased: nothing that was not opened yet goes out.
  void WipeAll();

  // Wipes what has expired; the owner calls it now and then (each call of the others does so for
  // its own token).
  void Sweep();

 private:
  friend class CvvLease;
  class Impl;
  explicit CvvEscrow(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ESCROW_CVV_ESCROW_H_
