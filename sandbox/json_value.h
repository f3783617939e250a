#ifndef CARDVAULT_SANDBOX_JSON_VALUE_H_
#define CARDVAULT_SANDBOX_JSON_VALUE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// One JSON value, read or about to be written. A number keeps the literal it arrived with, because
// signatures cover the literal and field rules tell `1500` from `"1500"` and `1500.0`.
//
// Thread-compatible.
class JsonValue {
 public:
  enum class Kind { kNull, kTrue, kFalse, kNumber, kString, kArray, kObject };
  // Byte order of the keys, which is the order that the Praxis signature wants.
  using Members = std::map<std::string, JsonValue>;

  // Reads exactly one JSON document in UTF-8.
  //
  // Returns INVALID_ARGUMENT if `text` is not JSON, is followed by anything but white space, holds
  // a NUL byte, names a key twice in one object, or nests deeper than kDepthMax.
  static absl::StatusOr<JsonValue> Parse(absl::string_view text);

  static JsonValue Null() { return JsonValue(Kind::kNull, ""); }
  static JsonValue Bool(bool value) { return JsonValue(value ? Kind::kTrue : Kind::kFalse, ""); }
  static JsonValue Number(int64_t value) { return JsonValue(Kind::kNumber, std::to_string(value)); }
  // `literal` must be a JSON number.
  static JsonValue NumberLiteral(std::string literal) {
    return JsonValue(Kind::kNumber, std::move(literal));
  }
  static JsonValue String(absl::string_view value) {
    return JsonValue(Kind::kString, std::string(value));
  }
  static JsonValue Object() { return JsonValue(Kind::kObject, ""); }
  static JsonValue Array() { return JsonValue(Kind::kArray, ""); }

  JsonValue() : JsonValue(Kind::kNull, "") {}

  Kind kind() const { return kind_; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // The decoded string or the literal of a number; empty for every other kind.
  const std::string& text() const { return text_; }

  // The members of an object; empty for every other kind.
  const Members& members() const& { return members_; }
  void members() && = delete;  // no reference into a temporary
  const std::vector<JsonValue>& elements() const { return elements_; }

  // The member `name`, or null when there is none (or this is not an object).
  const JsonValue* Find(absl::string_view name) const;

  // The string member `name`; empty when there is none or it is no string.
  absl::string_view StringAt(absl::string_view name) const;

  // Sets a member of an object, replacing one of that name.
  JsonValue& Set(absl::string_view name, JsonValue value);
  JsonValue& Append(JsonValue value);

  // Removes a member of an object, if it has it.
  JsonValue& Erase(absl::string_view name);

  // Writes compact JSON, keys in byte order.
  std::string Write() const;

  // What the gateways themselves never exceed; deeper input is refused.
  static constexpr int kDepthMax = 8;

 private:
  friend class JsonTreeBuilder;
  JsonValue(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind_;
  std::string text_;
  Members members_;
  std::vector<JsonValue> elements_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_JSON_VALUE_H_
