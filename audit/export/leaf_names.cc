#include "audit/export/leaf_names.h"

#include "absl/container/flat_hash_map.h"

namespace cardvault {
namespace {

// Above all numbers that have a name.
constexpr int kActionsEnd = 1 << 16;
constexpr int kOthersEnd = 1 << 8;

template <typename Value>
using ByName = absl::flat_hash_map<absl::string_view, Value>;

template <typename Value>
ByName<Value> NamesOf(absl::string_view (*name)(Value), int end) {
  ByName<Value> values;
  for (int i = 1; i < end; ++i) {
    const auto value = static_cast<Value>(i);
    if (!name(value).empty()) values.emplace(name(value), value);
  }
  return values;
}

template <typename Value>
std::optional<Value> Find(const ByName<Value>& values, absl::string_view name) {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional<Value>(found->second);
}

}  // namespace

std::optional<AuditAction> ActionNamed(absl::string_view name) {
  static const auto* const actions = new auto(NamesOf(ActionName, kActionsEnd));
  return Find(*actions, name);
}

std::optional<AuditOutcome> OutcomeNamed(absl::string_view name) {
  static const auto* const outcomes = new auto(NamesOf(OutcomeName, kOthersEnd));
  return Find(*outcomes, name);
}

std::optional<ErrorReason> ReasonNamed(absl::string_view name) {
  static const auto* const reasons = new auto(NamesOf(ReasonName, kOthersEnd));
  return Find(*reasons, name);
}

}  // namespace cardvault
