#include "forwarder/escrow/deposit_table.h"

#include <algorithm>

#include "base/check.h"

namespace cardvault {

template <typename Predicate>
std::optional<uint64_t> DepositTable::OldestOf(absl::string_view token, Predicate wanted) const {
  const auto of_token = by_token_.find(token);
  if (of_token == by_token_.end()) return std::nullopt;
  for (const uint64_t number : of_token->second) {
    if (wanted(deposits_.at(number))) return number;
  }
  return std::nullopt;
}

std::optional<uint64_t> DepositTable::OldestOfTheLargest(const MerchantId& merchant) const {
  if (held_counts_.empty()) return std::nullopt;
  const auto& [most, largest] = *held_counts_.rbegin();
  const auto own = held_.find(merchant.value());
  const bool own_is_largest = own != held_.end() && own->second.size() == most;
  return *(own_is_largest ? own->second : held_.at(largest)).begin();
}

bool DepositTable::MakeRoom(const MerchantId& merchant, absl::string_view token) {
  const auto of_token = by_token_.find(token);
  const bool token_is_full =
      of_token != by_token_.end() && of_token->second.size() >= limits_.per_token;
  const bool table_is_full = live_.size() >= limits_.live_count;
  if (!token_is_full && !table_is_full) return true;
  const auto ended = OldestOf(token, [](const DepositEntry& d) { return !IsLive(d); });
  const auto held = OldestOf(token, [](const DepositEntry& d) { return IsHeld(d); });
  if (!table_is_full) {
    if (!ended.has_value() && !held.has_value()) return false;
    Erase(ended.has_value() ? *ended : *held);
    return true;
  }
  if (held.has_value()) {
    Erase(*held);
    return true;
  }
  // An ended deposit takes a place of its token, but no slot.
  const std::optional<uint64_t> spare = OldestOfTheLargest(merchant);
  if (!spare.has_value() || (token_is_full && !ended.has_value())) return false;
  if (token_is_full) Erase(*ended);
  Erase(*spare);
  return true;
}

void DepositTable::Add(DepositEntry deposit, absl::string_view sealed) {
  CV_CHECK(live_.size() < limits_.live_count && deposit.state == CvvState::kHeld);
  deposit.slot = slots_.Put(sealed);
  deposit.number = next_number_++;
  by_token_[deposit.token].push_back(deposit.number);
  live_.insert(deposit.number);
  NoteHeld(deposit);
  deposits_.emplace(deposit.number, std::move(deposit));
}

DepositEntry* DepositTable::Find(absl::string_view token, absl::string_view cvv_id) {
  const auto of_token = by_token_.find(token);
  if (of_token == by_token_.end()) return nullptr;
  for (const uint64_t number : of_token->second) {
    DepositEntry& deposit = deposits_.at(number);
    if (cvv_id == deposit.cvv_id) return &deposit;
  }
  return nullptr;
}

std::vector<DepositEntry*> DepositTable::Of(const MerchantId& merchant, absl::string_view token) {
  std::vector<DepositEntry*> result;
  const auto of_token = by_token_.find(token);
  if (of_token == by_token_.end()) return result;
  for (const uint64_t number : of_token->second) {
    DepositEntry& deposit = deposits_.at(number);
    if (deposit.merchant == merchant) result.push_back(&deposit);
  }
  return result;
}

std::vector<const DepositEntry*> DepositTable::Of(const MerchantId& merchant,
                                                  absl::string_view token) const {
  // Shows the same entries, without a way to change them.
  const std::vector<DepositEntry*> all = const_cast<DepositTable*>(this)->Of(merchant, token);
  return std::vector<const DepositEntry*>(all.begin(), all.end());
}

void DepositTable::Lease(DepositEntry& deposit) {
  CV_CHECK(IsHeld(deposit));
  NoteNotHeld(deposit);
  deposit.state = CvvState::kLeased;
}

void DepositTable::GiveBack(DepositEntry& deposit) {
  CV_CHECK(deposit.state == CvvState::kLeased);
  deposit.state = CvvState::kHeld;
  NoteHeld(deposit);
}

void DepositTable::NoteHeld(const DepositEntry& deposit) {
  std::set<uint64_t>& held = held_[deposit.merchant.value()];
  held_counts_.erase({held.size(), deposit.merchant.value()});
  held.insert(deposit.number);
  held_counts_.emplace(held.size(), deposit.merchant.value());
}

void DepositTable::NoteNotHeld(const DepositEntry& deposit) {
  const auto found = held_.find(deposit.merchant.value());
  std::set<uint64_t>& held = found->second;
  held_counts_.erase({held.size(), found->first});
  held.erase(deposit.number);
  if (held.empty()) {
    held_.erase(found);
  } else {
    held_counts_.emplace(held.size(), found->first);
  }
}

void DepositTable::End(DepositEntry& deposit, CvvState state, absl::Duration now) {
  CV_CHECK(IsLive(deposit) && (state == CvvState::kConsumed || state == CvvState::kExpired));
  if (IsHeld(deposit)) NoteNotHeld(deposit);
  slots_.Wipe(deposit.slot);
  live_.erase(deposit.number);
  deposit.state = state;
  deposit.end_number = next_number_++;
  ended_.emplace(deposit.end_number, std::make_pair(deposit.number, now));
  if (ended_.size() > limits_.ended_count) Erase(ended_.begin()->second.first);
}

void DepositTable::Forget(absl::string_view token) {
  const auto of_token = by_token_.find(token);
  if (of_token == by_token_.end()) return;
  const std::vector<uint64_t> numbers = of_token->second;  // a copy: Erase changes the list
  for (const uint64_t number : numbers) Erase(number);
}

void DepositTable::ForgetAll() {
  while (!deposits_.empty()) Erase(deposits_.begin()->first);
}

void DepositTable::Sweep(absl::Duration now) {
  while (!live_.empty()) {
    DepositEntry& oldest = deposits_.at(*live_.begin());
    if (now < oldest.expires) break;
    End(oldest, CvvState::kExpired, now);
  }
  while (!ended_.empty() && now >= ended_.begin()->second.second + limits_.memory) {
    Erase(ended_.begin()->second.first);
  }
}

void DepositTable::Erase(uint64_t number) {
  const auto found = deposits_.find(number);
  CV_CHECK(found != deposits_.end());
  const DepositEntry& deposit = found->second;
  if (IsHeld(deposit)) NoteNotHeld(deposit);
  if (IsLive(deposit)) {
    slots_.Wipe(deposit.slot);
    live_.erase(number);
  } else {
    ended_.erase(deposit.end_number);
  }
  const auto of_token = by_token_.find(deposit.token);
  std::vector<uint64_t>& numbers = of_token->second;
  numbers.erase(std::find(numbers.begin(), numbers.end(), number));
  if (numbers.empty()) by_token_.erase(of_token);
  deposits_.erase(found);
}

}  // namespace cardvault
