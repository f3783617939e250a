#ifndef CARDVAULT_SANDBOX_FIELD_CHECKER_H_
#define CARDVAULT_SANDBOX_FIELD_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

// What is wrong with a request: a field by its path (`card.cvv`) and a reason in fixed words. It
// never holds a value that was sent.
struct FieldProblem {
  std::string field;
  std::string reason;

  // "card.cvv: must be 3 or 4 digits"
  std::string Text() const { return field + ": " + reason; }
};

enum class Presence { kRequired, kOptional };

// Reads the members of one JSON object and keeps the first problem found. Every member has to be
// asked for: what nobody asked for is a problem too (RefuseUnknownMembers). A null member counts as
// absent.
//
// Example:
//   FieldChecker card(message, "card", problem);
//   std::string cvv(card.String("cvv", Presence::kRequired, 4, IsCvv, "must be 3 or 4 digits"));
//   card.RefuseUnknownMembers();
//
// Thread-compatible.
class FieldChecker {
 public:
  using TextRule = bool (*)(absl::string_view);

  // Checks `object` itself; `problem` must outlive this object.
  FieldChecker(const JsonValue& object, std::optional<FieldProblem>& problem);

  // Checks the member `name` of `parent`, which has to be an object; fields are reported as
  // `name.field`. An absent or wrong member is a problem and counts as an empty object.
  FieldChecker(FieldChecker& parent, absl::string_view name);

  FieldChecker(const FieldChecker&) = delete;
  FieldChecker& operator=(const FieldChecker&) = delete;

  // The text of the string member `name`: not empty, of at most `limit` code points (0: any), and
  // as `rule` wants it. Empty when absent or wrong.
  absl::string_view String(absl::string_view name, Presence presence, size_t limit,
                           TextRule rule = nullptr,
                           absl::string_view rule_text = absl::string_view());

  // The value of the integer member `name`: a JSON number without sign, fraction or exponent that
  // lies in [min, max]. Nothing when absent or wrong.
  std::optional<int64_t> Integer(absl::string_view name, Presence presence, int64_t min,
                                 int64_t max);

  // Refuses `name` when it is present and not null.
  void Absent(absl::string_view name, absl::string_view reason);

  // Allows `name` without looking at it: it is checked elsewhere.
  void Ignore(absl::string_view name);

  // Notes a problem of `name`, unless there is one already.
  void Reject(absl::string_view name, absl::string_view reason);

  // Refuses members that none of the calls above asked for.
  void RefuseUnknownMembers();

 private:
  const JsonValue* Take(absl::string_view name, Presence presence);

  const JsonValue& object_;
  const std::string prefix_;
  std::optional<FieldProblem>& problem_;
  std::set<std::string> known_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_FIELD_CHECKER_H_
