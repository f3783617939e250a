#ifndef CARDVAULT_TESTS_TORTURE_LEDGER_CHECK_H_
#define CARDVAULT_TESTS_TORTURE_LEDGER_CHECK_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cardvault/v1/payment_service.pb.h"
#include "tests/torture/finding.h"
#include "tests/torture/gateway_books.h"
#include "tests/torture/schedule.h"

namespace cardvault::torture {

// What is compared at the end of a run.
struct Accounts {
  std::vector<PlannedPayment> planned;
  std::set<std::string> acknowledged;         // ids
  std::map<std::string, v1::Payment> ledger;  // by id
  std::map<std::string, BookedOrder> booked;  // of both gateways, by order id
  int64_t acknowledged_forgeries = 0;
  // The ledger was restored from a backup in the run, and every payment then made again under its
  // id.
  bool is_restored = false;
};

// Every difference between what was asked for, what the gateways did and what the ledger says:
// - posted twice: an order that a gateway saw more than once, whatever the ledger calls the first;
// - lost: acknowledged, posted or booked, and the ledger has no such payment or denies it;
// - wrong: another amount, another end, refunds above the settled sum, a payment that is open
// though
//   its gateway knows how it stands, an acknowledged forgery.
// After a restore a gateway may see an order twice that it had thrown away: it says that it has
// none. And refunds that the ledger forgot do not count against later ones until they are made
// again: they may be refused then, and only what becomes of money is looked at.
std::vector<Finding> CheckLedger(const Accounts& accounts);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_LEDGER_CHECK_H_
