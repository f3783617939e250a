#ifndef CARDVAULT_TESTS_TORTURE_COURIER_H_
#define CARDVAULT_TESTS_TORTURE_COURIER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/torture/arena.h"
#include "tests/torture/finding.h"
#include "tests/torture/payer.h"
#include "tests/torture/payment_history.h"
#include "tests/torture/schedule.h"

namespace cardvault::torture {

// Carries notifications from the gateways' outboxes to VerifyNotification and the acknowledgements
// back, as a bad network would: some are lost, doubled, held back until newer ones arrived, or
// acknowledged in vain. What becomes of one is the schedule's, by payment and how many came before.
// Not thread-safe.
class Courier final {
 public:
  // All must outlive it.
  Courier(Arena& arena, const Schedule& schedule, const Payer& payer, PaymentHistory& history,
          Findings& findings);

  // Fetches what is new, and delivers it and what was held back long enough.
  void Round();

  // Delivers all that was held back, the newest first.
  void DeliverHeld();

 private:
  struct Letter {
    Gateway gateway = Gateway::kH2h;
    int64_t number = 0;
    std::string order;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    int rounds_to_wait = 0;
  };

  std::vector<Letter> Fetch(Gateway gateway);
  void Take(Letter letter);
  void Deliver(const Letter& letter, bool keeps_acknowledgement);
  void Judge(const Letter& letter, const v1::VerifyNotificationResponse& response,
             bool keeps_acknowledgement);
  void Reply(const Letter& letter, const v1::HttpAnswer& answer, bool is_acknowledgement);

  Arena& arena_;
  const Schedule& schedule_;
  const Payer& payer_;
  PaymentHistory& history_;
  Findings& findings_;
  std::map<std::string, const PlannedPayment*> planned_;  // by id
  std::map<Gateway, int64_t> last_number_;
  std::map<std::string, uint64_t> taken_;  // how many of a payment
  std::vector<Letter> held_;               // the newest last
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_COURIER_H_
