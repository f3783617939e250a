#ifndef CARDVAULT_TESTS_TORTURE_CARD_BOOK_H_
#define CARDVAULT_TESTS_TORTURE_CARD_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"

namespace cardvault::torture {

// A token that a Tokenize answered.
struct AcknowledgedCard {
  std::string token;
  size_t number = 0;  // which of the run's card numbers
};

// What was acknowledged in a run, and whether the answers agree. Thread-safe.
class CardBook final {
 public:
  struct Answer {
    std::string request_id;
    size_t number = 0;
    bool reuses = false;  // Reuse MERCHANT: one token for the number, for ever
    std::string token;
    std::string fingerprint;
  };

  // How the answer differs from those before, "" when it does not: another token for the same
  // request, another one where the number's is reused, another fingerprint, another card's token.
  std::string Enter(const Answer& answer);

  // After a restore: takes those out that were entered behind the first `kept` and are not there
  // any more, with all that was told of them. How many they are.
  size_t Lose(size_t kept, absl::FunctionRef<bool(const AcknowledgedCard&)> is_there);

  std::vector<AcknowledgedCard> cards() const;
  // One of them, by a random number; nullopt while there is none.
  std::optional<AcknowledgedCard> Draw(uint64_t random) const;

 private:
  mutable absl::Mutex mutex_;
  std::vector<AcknowledgedCard> cards_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, size_t> number_of_token_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> token_of_request_ ABSL_GUARDED_BY(mutex_);
  std::map<size_t, std::string> reused_token_ ABSL_GUARDED_BY(mutex_);
  std::map<size_t, std::string> fingerprint_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_CARD_BOOK_H_
