#include "tests/torture/schedule.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"

namespace cardvault::torture {
namespace {

// Enough that calls fall together, few enough that a run takes seconds.
constexpr uint64_t kPaymentsMin = 18;
constexpr uint64_t kPaymentsSpread = 25;

// What a gateway does with a payment (sandbox/README.md, Outcomes), and how often.
struct Play {
  uint64_t weight;
  int64_t amount;  // 0: any that plays nothing
  const char* cvv;
  bool stays_open;  // until the gateway settles it
  bool contradicts = false;
};
constexpr Play kPlays[] = {
    {24, 0, "568", false},         // approved
    {3, 0, "000", false},          // declined
    {2, 0, "801", false},          // insufficient funds
    {5, 0, "333", true},           // 3-D Secure
    {3, 0, "444", false},          // server error
    {3, 713, "588", true},         // pending async without a URL
    {2, 334, "333", false, true},  // contradicting notifications
    {4, 70001, "568", true},       // pending
    {3, 70002, "568", true},       // declined retry
    {7, 70003, "568", false},      // slow
    {8, 70004, "568", false},      // closed after booking
    {8, 70005, "568", false},      // reset after booking
    {4, 70006, "568", false},      // wrong signature, cut JSON
    {1, 70007, "568", false},      // gives the card back
    {3, 70008, "568", false},      // another order's answer
    {2, 70009, "568", false},      // cut short
    {1, 70010, "568", false},      // too large
    {1, 70011, "568", false},      // redirect
    {3, 70012, "568", false},      // HTML
    {3, 70013, "568", false},      // error
    {6, 70014, "568", false},      // closed and thrown away
    {2, 70015, "568", true},       // a word that nobody knows
    {8, 70017, "568", false},      // closed at once, booked late
    {3, 70018, "568", false},      // look-ups fail at first
    {3, 70019, "568", false},      // the first look-up lies
};
// What a refund's amount may play. All fit into the larger originals.
constexpr int64_t kRefundPlays[] = {70003, 70004, 70005, 70006, 70013, 70014, 70017, 70018};

constexpr int64_t kPlainAmountMin = 1000;
constexpr uint64_t kPlainAmountSpread = 60'000;  // stays below the amounts that play
constexpr int64_t kLargeAmountMin = 150'000;     // two refunds that play fit
// Of what is in doubt an H2H gateway's own id is not known yet, so that one which is signed and
// speaks of another id ("foreign") cannot be told there.
constexpr const char* kForgeries[] = {"signature", "amount", "stale", "foreign"};
constexpr uint64_t kH2hForgeries = 3;
constexpr uint64_t kLongDelayMicros = 60'000;  // while slow answers are awaited
constexpr uint64_t kShortDelayMicros = 3'000;  // between the steps of a quick payment

class Maker final {
 public:
  Maker(uint64_t seed, int run) : random_(Mix(seed, static_cast<uint64_t>(run))), run_(run) {
    schedule_.seed = random_();
  }

  Schedule Make(uint64_t restore_one_in) && {
    const uint64_t count = kPaymentsMin + Below(kPaymentsSpread);
    for (uint64_t i = 0; i < count; ++i) AddPayment(static_cast<double>(i));
    std::stable_sort(placed_.begin(), placed_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, operation] : placed_) schedule_.operations.push_back(std::move(operation));
    AddEvents();
    if (OneIn(restore_one_in)) AddRestore();  // last: the rest is as in a run without it
    std::stable_sort(schedule_.events.begin(), schedule_.events.end(),
                     [](const auto& a, const auto& b) { return a.operation < b.operation; });
    return std::move(schedule_);
  }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool OneIn(uint64_t count) { return Below(count) == 0; }
  double Later(uint64_t spread) { return static_cast<double>(Below(spread * 100)) / 100; }

  void Place(double place, Operation::Kind kind, size_t payment, std::string forgery = "") {
    placed_.push_back({place, {kind, payment, std::move(forgery)}});
  }

  const Play& ChoosePlay() {
    uint64_t total = 0;
    for (const Play& play : kPlays) total += play.weight;
    uint64_t at = Below(total);
    for (const Play& play : kPlays) {
      if (at < play.weight) return play;
      at -= play.weight;
    }
    return kPlays[0];
  }

  std::string ChooseRoute(const RouteNames& names) {
    const uint64_t draw = Below(8);
    return draw == 0 ? names.flaky : draw <= 2 ? names.hasty : names.plain;
  }

  int64_t PlainAmount() {
    return kPlainAmountMin + static_cast<int64_t>(Below(kPlainAmountSpread));
  }

  void AddPayment(double place) {
    const Play& play = ChoosePlay();
    PlannedPayment payment;
    payment.id = absl::StrCat("run", run_, "-pay", schedule_.payments.size());
    payment.gateway = OneIn(2) ? Gateway::kH2h : Gateway::kPraxis;
    payment.route = ChooseRoute(RoutesOf(payment.gateway));
    payment.amount = play.amount != 0 ? play.amount : PlainAmount();
    if (OneIn(6)) {
      payment.kind = v1::PAYMENT_KIND_PAY_OUT;
    } else {
      payment.cvv = play.cvv;
      payment.gateway_contradicts_itself = play.contradicts;
    }
    // A pay-out's CVV plays nothing, so it stays open only by its amount.
    const bool stays_open = play.stays_open && (play.amount > 713 || !payment.cvv.empty());
    if (stays_open) PlanSettlement(payment);
    const bool refundable = payment.gateway == Gateway::kPraxis && !payment.cvv.empty() &&
                            play.amount == 0 && std::string(play.cvv) == "568";
    const bool is_large = refundable && OneIn(2);
    if (is_large) payment.amount += kLargeAmountMin;
    const size_t index = schedule_.payments.size();
    const PlannedPayment original = payment;
    schedule_.payments.push_back(std::move(payment));
    AddOperations(place, index);
    if (stays_open && !OneIn(4)) Place(place + 1 + Later(8), Operation::Kind::kSettle, index);
    if (refundable && !OneIn(3)) AddRefunds(place, original, is_large);
  }

  void PlanSettlement(PlannedPayment& payment) {
    const bool is_h2h = payment.gateway == Gateway::kH2h;
    if (OneIn(6)) return;  // stays open for ever
    if (OneIn(3)) {
      payment.settled_state = is_h2h ? "decline" : "declined";
      return;
    }
    payment.settled_state = is_h2h ? "success" : "approved";
    if (OneIn(2)) payment.settled_amount = payment.amount - 1 - static_cast<int64_t>(Below(200));
  }

  void AddOperations(double place, size_t index) {
    Place(place, OneIn(8) ? Operation::Kind::kGiveUp : Operation::Kind::kPay, index);
    while (OneIn(2)) Place(place + Later(3), Operation::Kind::kRepeat, index);
    while (OneIn(2)) Place(place + Later(6), Operation::Kind::kRead, index);
    if (OneIn(4)) Place(place + Later(8), Operation::Kind::kRefresh, index);
    const bool is_h2h = schedule_.payments[index].gateway == Gateway::kH2h;
    if (OneIn(10)) {
      Place(place + 1 + Later(6), Operation::Kind::kForge, index,
            kForgeries[Below(is_h2h ? kH2hForgeries : std::size(kForgeries))]);
    }
    // What was NOT_SENT in the outage is sent after it.
    const PlannedPayment& payment = schedule_.payments[index];
    if (payment.route == RoutesOf(payment.gateway).flaky) {
      Place(place + 6 + Later(10), Operation::Kind::kRepeat, index);
    }
  }

  // Together they may well ask for more than was paid.
  void AddRefunds(double place, const PlannedPayment& original, bool is_large) {
    const uint64_t count = 1 + Below(3);
    const double after = place + 2 + Later(8);
    for (uint64_t i = 0; i < count; ++i) {
      PlannedPayment refund = original;
      refund.id = absl::StrCat(original.id, "-refund", i);
      refund.kind = v1::PAYMENT_KIND_REFUND;
      refund.original_id = original.id;
      refund.cvv.clear();
      refund.amount = is_large && OneIn(2)
                          ? kRefundPlays[Below(std::size(kRefundPlays))]
                          : original.amount * static_cast<int64_t>(20 + Below(81)) / 100;
      schedule_.payments.push_back(std::move(refund));
      AddOperations(after + Later(2), schedule_.payments.size() - 1);
    }
  }

  void AddEvents() {
    const uint64_t draw = Below(20);
    const int kills = draw < 2 ? 0 : draw < 15 ? 1 : 2;
    for (int i = 0; i < kills; ++i) AddEvent(PlannedEvent::Kind::kKill, 1);
    // Early, so that most of what was NOT_SENT is called again after it.
    AddEvent(PlannedEvent::Kind::kOutageEnd, 2);
  }

  // Between them payments end, begin and stay open, and are forgotten.
  void AddRestore() {
    AddEvent(PlannedEvent::Kind::kBackup, 2);
    AddEvent(PlannedEvent::Kind::kRestore, 2);
    PlannedEvent& restore = schedule_.events.back();
    const size_t backup = schedule_.events[schedule_.events.size() - 2].operation;
    restore.operation = std::min(backup + restore.operation, schedule_.operations.size() - 1);
  }

  // In the first part of the operations; 1: in any.
  void AddEvent(PlannedEvent::Kind kind, uint64_t part) {
    const uint64_t spread = OneIn(2) ? kShortDelayMicros : kLongDelayMicros;
    const size_t operation = Below(schedule_.operations.size() / part);
    schedule_.events.push_back({kind, operation, std::chrono::microseconds(Below(spread))});
  }

  std::mt19937_64 random_;
  const int run_;
  Schedule schedule_;
  std::vector<std::pair<double, Operation>> placed_;
};

}  // namespace

uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t mixed = a * 0x9E3779B97F4A7C15u + b;  // splitmix64
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

const RouteNames& RoutesOf(Gateway gateway) {
  static constexpr RouteNames kH2h = {"h2h", "h2h-hasty", "h2h-flaky"};
  static constexpr RouteNames kPraxis = {"praxis", "praxis-hasty", "praxis-flaky"};
  return gateway == Gateway::kH2h ? kH2h : kPraxis;
}

int Schedule::kills() const {
  return static_cast<int>(
      std::count_if(events.begin(), events.end(), [](const PlannedEvent& event) {
        return event.kind == PlannedEvent::Kind::kKill ||
               event.kind == PlannedEvent::Kind::kRestore;
      }));
}

bool Schedule::restores() const {
  return std::any_of(events.begin(), events.end(), [](const PlannedEvent& event) {
    return event.kind == PlannedEvent::Kind::kRestore;
  });
}

Schedule MakeSchedule(uint64_t seed, int run, uint64_t restore_one_in) {
  return Maker(seed, run).Make(restore_one_in);
}

}  // namespace cardvault::torture
