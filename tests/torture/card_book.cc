#include "tests/torture/card_book.h"

#include <set>

#include "absl/strings/str_cat.h"

namespace cardvault::torture {
namespace {

// What stands under the key, after `value` was put where nothing did.
template <typename Map>
const typename Map::mapped_type& FirstUnder(Map& map, const typename Map::key_type& key,
                                            const typename Map::mapped_type& value) {
  return map.emplace(key, value).first->second;
}

}  // namespace

std::string CardBook::Enter(const Answer& answer) {
  absl::MutexLock lock(&mutex_);
  if (number_of_token_.emplace(answer.token, answer.number).second) {
    cards_.push_back({answer.token, answer.number});
  }
  const size_t number = number_of_token_[answer.token];
  if (number != answer.number) {
    return absl::StrCat("card ", answer.number, " is answered with card ", number, "'s token ",
                        answer.token);
  }
  const std::string& replayed = FirstUnder(token_of_request_, answer.request_id, answer.token);
  if (replayed != answer.token) {
    return absl::StrCat("request ", answer.request_id, " is answered ", replayed, " and then ",
                        answer.token);
  }
  if (answer.reuses) {
    const std::string& reused = FirstUnder(reused_token_, answer.number, answer.token);
    if (reused != answer.token) {
      return absl::StrCat("card ", answer.number, " has token ", reused, " and then ",
                          answer.token);
    }
  }
  const std::string& fingerprint = FirstUnder(fingerprint_, answer.number, answer.fingerprint);
  if (fingerprint != answer.fingerprint) {
    return absl::StrCat("card ", answer.number, " has a second fingerprint with token ",
                        answer.token);
  }
  return "";
}

size_t CardBook::Lose(size_t kept, absl::FunctionRef<bool(const AcknowledgedCard&)> is_there) {
  absl::MutexLock lock(&mutex_);
  std::set<std::string> lost;
  for (size_t i = kept; i < cards_.size(); ++i) {
    if (!is_there(cards_[i])) lost.insert(cards_[i].token);
  }
  const auto is_lost = [&](const auto& entry) { return lost.count(entry.second) != 0; };
  std::erase_if(cards_, [&](const AcknowledgedCard& card) { return lost.count(card.token) != 0; });
  std::erase_if(number_of_token_, [&](const auto& entry) { return lost.count(entry.first) != 0; });
  std::erase_if(token_of_request_, is_lost);
  std::erase_if(reused_token_, is_lost);
  // A number whose every token is gone is a new one to the vault.
  std::set<size_t> known;
  for (const AcknowledgedCard& card : cards_) known.insert(card.number);
  std::erase_if(fingerprint_, [&](const auto& entry) { return known.count(entry.first) == 0; });
  return lost.size();
}

std::vector<AcknowledgedCard> CardBook::cards() const {
  absl::MutexLock lock(&mutex_);
  return cards_;
}

std::optional<AcknowledgedCard> CardBook::Draw(uint64_t random) const {
  absl::MutexLock lock(&mutex_);
  if (cards_.empty()) return std::nullopt;
  return cards_[random % cards_.size()];
}

}  // namespace cardvault::torture
