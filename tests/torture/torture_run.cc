#include "tests/torture/torture_run.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "tests/torture/courier.h"
#include "tests/torture/gateway_books.h"
#include "tests/torture/ledger_check.h"
#include "tests/torture/payer.h"
#include "tests/torture/payment_history.h"

namespace cardvault::torture {
namespace {

constexpr int kWorkers = kRunThreads - 2;  // besides the courier and who plays the events
// Between two looks at what changes by itself.
constexpr absl::Duration kLookAgain = absl::Milliseconds(50);
// The longest way of a payment is some five seconds; the rest is for loaded machines.
constexpr absl::Duration kSettlingTime = absl::Seconds(30);

class Run final {
 public:
  Run(const Schedule& schedule, Arena& arena)
      : schedule_(schedule),
        arena_(arena),
        history_(findings_),
        payer_(arena, schedule, history_, findings_),
        courier_(arena, schedule, payer_, history_, findings_) {}

  RunResult Play() {
    arena_.ResetGateways();
    SetOutage(true);
    payer_.TokenizeCards();
    std::thread courier([this] { CarryNotifications(); });
    std::vector<std::thread> workers;
    for (int i = 0; i < kWorkers; ++i) workers.emplace_back([this] { Work(); });
    PlayEvents();
    for (std::thread& worker : workers) worker.join();
    if (history_.HasForgotten()) payer_.RepeatAll();
    {
      absl::MutexLock lock(&mutex_);
      is_over_ = true;
    }
    courier.join();
    return Settle();
  }

 private:
  void Work() {
    while (true) {
      size_t mine = 0;
      {
        absl::MutexLock lock(&mutex_);
        if (begun_ == schedule_.operations.size()) {
          --working_;
          return;
        }
        mine = begun_++;
      }
      payer_.Do(schedule_.operations[mine]);
    }
  }

  // All about the server's life is done on the caller's thread: a server dies with the thread that
  // started it.
  void PlayEvents() {
    for (const PlannedEvent& event : schedule_.events) {
      const auto is_begun = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return begun_ > event.operation;
      };
      WatchServerUntil(absl::Condition(&is_begun));
      std::this_thread::sleep_for(event.delay);
      switch (event.kind) {
        case PlannedEvent::Kind::kKill:
          arena_.KillAndRestart();
          break;
        case PlannedEvent::Kind::kOutageEnd:
          SetOutage(false);
          break;
        case PlannedEvent::Kind::kBackup:
          is_backed_up_ = arena_.MakeBackup();
          break;
        case PlannedEvent::Kind::kRestore:
          if (!is_backed_up_) break;
          arena_.Restore([this] { history_.Forget(); });
          SetOutage(is_outage_);  // as the routes are now
          break;
      }
    }
    const auto are_done = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return working_ == 0; };
    WatchServerUntil(absl::Condition(&are_done));
  }

  void WatchServerUntil(const absl::Condition& condition) {
    while (true) {
      RestartIfEnded();
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(condition, kLookAgain)) return;
    }
  }

  void RestartIfEnded() {
    if (arena_.IsServerRunning()) return;
    findings_.AddWrong("the server ended by itself");
    arena_.KillAndRestart();
  }

  void SetOutage(bool is_outage) {
    is_outage_ = is_outage;
    const absl::Time limit = absl::Now() + kSettlingTime;
    while (!arena_.SetOutage(is_outage)) {
      CV_CHECK(absl::Now() < limit);
      RestartIfEnded();
    }
  }

  void CarryNotifications() {
    while (true) {
      courier_.Round();
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&is_over_), kLookAgain)) return;
    }
  }

  RunResult Settle() {
    courier_.DeliverHeld();
    const absl::Time limit = absl::Now() + kSettlingTime;
    while (true) {
      RestartIfEnded();
      payer_.SettleTheRest();
      courier_.Round();
      const std::optional<Accounts> accounts = ReadAccounts();
      if (!accounts.has_value()) continue;
      const std::vector<Finding> found = CheckLedger(*accounts);
      const bool may_pass = std::all_of(found.begin(), found.end(),
                                        [](const Finding& finding) { return finding.may_pass; });
      if (found.empty() || !may_pass || absl::Now() >= limit) return ResultOf(found, *accounts);
      absl::SleepFor(kLookAgain);
    }
  }

  // Nothing when the server ended by itself.
  std::optional<Accounts> ReadAccounts() {
    Accounts accounts;
    accounts.planned = schedule_.payments;
    accounts.is_restored = history_.HasForgotten();
    // The ledger first: what stands in it must be in books that are read later.
    accounts.acknowledged = history_.Acknowledged();
    auto ledger = payer_.ReadLedger();
    if (!ledger.has_value()) return std::nullopt;
    accounts.ledger = *std::move(ledger);
    for (const Gateway gateway : kGateways) {
      GatewayBooks books =
          ReadGatewayBooks(arena_.sandbox().Get(arena_.Port(gateway), "/sandbox/stats"));
      accounts.booked.merge(books.orders);
      accounts.acknowledged_forgeries += books.acknowledged_forgeries;
    }
    return accounts;
  }

  RunResult ResultOf(const std::vector<Finding>& found, const Accounts& accounts) {
    courier_.DeliverHeld();  // late ones must not move what has ended
    RunResult result;
    result.findings = findings_.all();
    result.findings.insert(result.findings.end(), found.begin(), found.end());
    std::stable_sort(result.findings.begin(), result.findings.end(),
                     [](const Finding& a, const Finding& b) {
                       return std::pair(a.kind, a.may_pass) < std::pair(b.kind, b.may_pass);
                     });
    for (const auto& [id, payment] : accounts.ledger) ++result.ended_as[payment.state()];
    return result;
  }

  const Schedule& schedule_;
  Arena& arena_;
  Findings findings_;
  PaymentHistory history_;
  Payer payer_;
  Courier courier_;
  bool is_outage_ = false;
  bool is_backed_up_ = false;

  absl::Mutex mutex_;
  size_t begun_ ABSL_GUARDED_BY(mutex_) = 0;        // operations
  int working_ ABSL_GUARDED_BY(mutex_) = kWorkers;  // threads
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

RunResult PlaySchedule(const Schedule& schedule, Arena& arena) {
  return Run(schedule, arena).Play();
}

}  // namespace cardvault::torture
