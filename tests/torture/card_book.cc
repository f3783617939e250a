#include "tests/torture/card_book.h"

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
