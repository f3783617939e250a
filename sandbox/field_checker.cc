#include "sandbox/field_checker.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sandbox/text_rules.h"

namespace cardvault::sandbox {
namespace {

// An unknown member's name is shown only when it reads like a field name: nothing else that was
// sent may come back in a description.
constexpr size_t kShownNameBytesMax = 32;

const JsonValue& EmptyObject() {
  static const JsonValue* const kEmpty = new JsonValue(JsonValue::Object());
  return *kEmpty;
}

bool IsFieldName(absl::string_view name) {
  return !name.empty() && name.size() <= kShownNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) || c == '_';
         });
}

}  // namespace

FieldChecker::FieldChecker(const JsonValue& object, std::optional<FieldProblem>& problem)
    : object_(object), problem_(problem) {}

FieldChecker::FieldChecker(FieldChecker& parent, absl::string_view name)
    : object_([&]() -> const JsonValue& {
        const JsonValue* member = parent.Take(name, Presence::kRequired);
        if (member == nullptr) return EmptyObject();
        if (!member->is_object()) parent.Reject(name, "must be an object");
        return *member;
      }()),
      prefix_(absl::StrCat(parent.prefix_, name, ".")),
      problem_(parent.problem_) {}

const JsonValue* FieldChecker::Take(absl::string_view name, Presence presence) {
  known_.insert(std::string(name));
  const JsonValue* member = object_.Find(name);
  if (member != nullptr && member->kind() == JsonValue::Kind::kNull) member = nullptr;
  if (member == nullptr && presence == Presence::kRequired) Reject(name, "required");
  return member;
}

absl::string_view FieldChecker::String(absl::string_view name, Presence presence, size_t limit,
                                       TextRule rule, absl::string_view rule_text) {
  const JsonValue* member = Take(name, presence);
  if (member == nullptr) return absl::string_view();
  if (!member->is_string()) {
    Reject(name, "must be a string");
  } else if (member->text().empty()) {
    Reject(name, "must not be empty");
  } else if (limit != 0 && CodePointCount(member->text()) > limit) {
    Reject(name, absl::StrCat("longer than ", limit));
  } else if (rule != nullptr && !rule(member->text())) {
    Reject(name, rule_text);
  } else {
    return member->text();
  }
  return absl::string_view();
}

std::optional<int64_t> FieldChecker::Integer(absl::string_view name, Presence presence, int64_t min,
                                             int64_t max) {
  const JsonValue* member = Take(name, presence);
  if (member == nullptr) return std::nullopt;
  int64_t value = 0;
  if (!member->is_number() || !IsAllDigits(member->text())) {
    Reject(name, "must be an integer");
  } else if (!absl::SimpleAtoi(member->text(), &value) || value < min || value > max) {
    Reject(name, "out of range");
  } else {
    return value;
  }
  return std::nullopt;
}

void FieldChecker::Absent(absl::string_view name, absl::string_view reason) {
  if (Take(name, Presence::kOptional) != nullptr) Reject(name, reason);
}

void FieldChecker::Ignore(absl::string_view name) { known_.insert(std::string(name)); }

void FieldChecker::Reject(absl::string_view name, absl::string_view reason) {
  if (problem_.has_value()) return;
  problem_ = FieldProblem{absl::StrCat(prefix_, name), std::string(reason)};
}

void FieldChecker::RefuseUnknownMembers() {
  for (const auto& [name, value] : object_.members()) {
    if (known_.count(name) == 0) {
      Reject(IsFieldName(name) ? absl::string_view(name) : "(unnamed)", "unknown field");
      return;
    }
  }
}

}  // namespace cardvault::sandbox
