#ifndef CARDVAULT_TESTS_TORTURE_CARD_TRAFFIC_H_
#define CARDVAULT_TESTS_TORTURE_CARD_TRAFFIC_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/torture/card_book.h"
#include "tests/torture/key_arena.h"
#include "tests/torture/key_finding.h"
#include "tests/torture/key_schedule.h"

namespace cardvault::torture {

// Merchants' calls from several threads: cards that are new, cards that are there, the same request
// twice, changes of what is sealed beside the PAN, and now and then an operator's new credential.
// Whoever sees a call fail because the server was killed makes it again, until there is an answer.
// What is answered goes into the book. By the thread that made it.
class CardTraffic final {
 public:
  // All must outlive it.
  CardTraffic(const KeySchedule& schedule, KeyArena& arena, CardBook& book, KeyFindings& findings)
      : schedule_(schedule), arena_(arena), book_(book), findings_(findings) {}
  ~CardTraffic() { Stop(); }

  void Start();  // also again after Stop
  void Stop();   // after the calls that were begun; idempotent

  // Offers every number once more: each is the card that it was. Without Start, or after Stop.
  void OfferAllAgain();

 private:
  void Work(uint64_t thread);
  void Tokenize(const std::string& request_id, size_t number, bool reuses);
  void Update(uint64_t random);
  void SetCredential(uint64_t random);

  const KeySchedule& schedule_;
  KeyArena& arena_;
  CardBook& book_;
  KeyFindings& findings_;
  std::atomic<bool> stop_ = false;
  std::atomic<size_t> begun_ = 0;
  uint64_t round_ = 0;  // which Start; while there are threads constant
  std::vector<std::thread> threads_;
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_CARD_TRAFFIC_H_
