#ifndef CARDVAULT_TESTS_TORTURE_SCHEDULE_H_
#define CARDVAULT_TESTS_TORTURE_SCHEDULE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cardvault/v1/payment_service.pb.h"

namespace cardvault::torture {

enum class Gateway { kH2h, kPraxis };
inline constexpr Gateway kGateways[] = {Gateway::kH2h, Gateway::kPraxis};

// A payment that a run makes; every field of its request follows from these.
struct PlannedPayment {
  std::string id;
  v1::PaymentKind kind = v1::PAYMENT_KIND_PAY_IN;
  Gateway gateway = Gateway::kH2h;
  std::string route;
  int64_t amount = 0;       // in US cents; the sandbox plays what the amount or the CVV says
  std::string cvv;          // of a pay-in
  std::string original_id;  // of a refund
  // What the gateway makes of it later: "", or its word for approved or declined.
  std::string settled_state;
  int64_t settled_amount = 0;  // 0: the gateway does not say
  // The gateway tells it both approved and declined: either may stand in the ledger.
  bool gateway_contradicts_itself = false;
};

struct Operation {
  enum class Kind {
    kPay,      // and again, until there is an answer that is one
    kGiveUp,   // pays, and does not wait for the answer
    kRepeat,   // the same request under the same id, at about the same time
    kRead,     // GetPayment
    kRefresh,  // GetPayment that asks the upstream
    kSettle,   // the gateway comes to another state
    kForge,    // somebody forges a notification
  };
  Kind kind = Kind::kPay;
  size_t payment = 0;   // index in Schedule::payments
  std::string forgery;  // the sandbox's word
};

// What happens so long after the operation with this index was begun.
struct PlannedEvent {
  enum class Kind {
    kKill,       // SIGKILL of the server, and a new start
    kOutageEnd,  // the gateways can be reached over the flaky routes
    kBackup,     // a backup is made
    kRestore,    // SIGKILL, and a start with what is restored of it: a ledger that forgot the rest
  };
  Kind kind = Kind::kKill;
  size_t operation = 0;
  std::chrono::microseconds delay{0};
};

// What one run does. The same seed and number give the same schedule on every machine; how its
// operations fall together is the machine's.
struct Schedule {
  uint64_t seed = 0;  // also decides what becomes of notifications
  std::vector<PlannedPayment> payments;
  std::vector<Operation> operations;  // begun in this order, several at a time
  std::vector<PlannedEvent> events;   // by operation

  int kills() const;
  bool restores() const;
};

// One run in so many restores a backup.
Schedule MakeSchedule(uint64_t seed, int run, uint64_t restore_one_in);

// One number of 64 bits of two, as well mixed as a random one.
uint64_t Mix(uint64_t a, uint64_t b);

// The names of a gateway's routes. The hasty ones wait less long for an answer than slow answers
// take; over the flaky ones nothing can be reached when a run begins.
struct RouteNames {
  const char* plain;
  const char* hasty;
  const char* flaky;
};
const RouteNames& RoutesOf(Gateway gateway);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_SCHEDULE_H_
