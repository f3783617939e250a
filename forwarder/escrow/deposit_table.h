#ifndef CARDVAULT_FORWARDER_ESCROW_DEPOSIT_TABLE_H_
#define CARDVAULT_FORWARDER_ESCROW_DEPOSIT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "forwarder/escrow/cvv_state.h"
#include "forwarder/escrow/locked_slots.h"

namespace cardvault {

// One deposited CVV: where its sealed bytes are and what became of it. Holds nothing that is
// derived from the code.
struct DepositEntry {
  DepositEntry(MerchantId merchant_id, std::string token_text, std::string id)
      : merchant(std::move(merchant_id)), token(std::move(token_text)), cvv_id(std::move(id)) {}

  MerchantId merchant;
  std::string token;
  std::string cvv_id;
  CvvState state = CvvState::kHeld;  // the table changes it
  absl::Duration expires;            // by Clock::SinceBoot
  LockedSlots::Slot slot = 0;        // while kHeld or kLeased
  uint64_t number = 0;               // the table's
  uint64_t end_number = 0;           // the table's
};

// The deposits of all tokens, oldest first, and for a while those that have ended. Not
// thread-safe.
class DepositTable final {
 public:
  struct Limits {
    size_t per_token;       // deposits of a token, ended ones included
    size_t live_count;      // held or leased, in all; at most the slots
    size_t ended_count;     // remembered, in all
    absl::Duration memory;  // how long an ended one is remembered
  };

  // `slots` outlives the table.
  DepositTable(LockedSlots& slots, Limits limits) : slots_(slots), limits_(limits) {}

  // Makes room for one more deposit of the merchant's `token`: forgets what ended first, then the
  // oldest of the token that is held. When all slots are other tokens', the oldest is forgotten
  // that is held of the merchant that holds most, which is this one when no other holds more. False
  // when there is none, because every deposit of the token, or in all, is leased.
  bool MakeRoom(const MerchantId& merchant, absl::string_view token);

  // There must be room.
  void Add(DepositEntry deposit, absl::string_view sealed);

  // Null when there is none.
  DepositEntry* Find(absl::string_view token, absl::string_view cvv_id);

  // Of one token and merchant, oldest first.
  std::vector<DepositEntry*> Of(const MerchantId& merchant, absl::string_view token);
  std::vector<const DepositEntry*> Of(const MerchantId& merchant, absl::string_view token) const;

  // From kHeld to kLeased, and back.
  void Lease(DepositEntry& deposit);
  void GiveBack(DepositEntry& deposit);

  // The sealed bytes are wiped; the state, kConsumed or kExpired, is remembered.
  void End(DepositEntry& deposit, CvvState state, absl::Duration now);

  // Forgets every deposit of a token.
  void Forget(absl::string_view token);

  // Forgets every deposit of every token.
  void ForgetAll();

  // Ends what has expired and forgets what ended long ago.
  void Sweep(absl::Duration now);

 private:
  static bool IsHeld(const DepositEntry& deposit) { return deposit.state == CvvState::kHeld; }
  static bool IsLive(const DepositEntry& deposit) {
    return deposit.state == CvvState::kHeld || deposit.state == CvvState::kLeased;
  }
  // Of the token's deposits that `wanted` is true of.
  template <typename Predicate>
  std::optional<uint64_t> OldestOf(absl::string_view token, Predicate wanted) const;
  // What the merchants can spare a place of, for `merchant`.
  std::optional<uint64_t> OldestOfTheLargest(const MerchantId& merchant) const;
  void NoteHeld(const DepositEntry& deposit);
  void NoteNotHeld(const DepositEntry& deposit);
  void Erase(uint64_t number);

  LockedSlots& slots_;
  const Limits limits_;
  uint64_t next_number_ = 1;
  // By number, which is also the order of expiry: every deposit has the same life.
  std::map<uint64_t, DepositEntry> deposits_;
  absl::flat_hash_map<std::string, std::vector<uint64_t>> by_token_;
  std::set<uint64_t> live_;
  // What is held of each merchant that has any; and by how many that are, the most last.
  std::map<std::string, std::set<uint64_t>> held_;
  std::set<std::pair<size_t, std::string>> held_counts_;
  // In the order of ending.
  std::map<uint64_t, std::pair<uint64_t, absl::Duration>> ended_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ESCROW_DEPOSIT_TABLE_H_
