#include "forwarder/route_limits_reader.h"

#include <cstdint>

namespace cardvault {
namespace {

// Far above what one gateway takes: a higher cap would be none.
constexpr int kMaxPaymentsPerMinute = 100'000;
// 11 digits: from 12 on, a number may pass for a card's, which no document may hold.
constexpr int64_t kMaxAmount = 99'999'999'999;

AmountRange ReadRange(RouteSection& amounts, const std::string& currency) {
  RouteSection section = amounts.Section(currency.c_str(), RouteSection::kRequired);
  AmountRange range;
  range.min = section.Number("min", 1, kMaxAmount).value_or(range.min);
  range.max = section.Number("max", 1, kMaxAmount).value_or(range.max);
  if (range.min > range.max) section.AddMistake("max", "the largest amount is below the smallest");
  section.RefuseUnknownKeys();
  return range;
}

}  // namespace

RouteLimits ReadRouteLimits(RouteSection& root, const std::map<std::string, int>& currencies) {
  RouteSection section = root.Section("limits", RouteSection::kOptional);
  RouteLimits limits;
  RouteSection amounts = section.Section("amounts", RouteSection::kOptional);
  for (const std::string& currency : amounts.Keys()) {
    const AmountRange range = ReadRange(amounts, currency);
    if (currencies.count(currency) == 0) {
      amounts.AddMistake(currency, "the route does not list this currency");
    }
    limits.amounts[currency] = range;
  }
  if (const auto cap = section.Number("payments_per_minute", 1, kMaxPaymentsPerMinute)) {
    limits.payments_per_minute = static_cast<int>(*cap);
  }
  section.RefuseUnknownKeys();
  return limits;
}

}  // namespace cardvault
