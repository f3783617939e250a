#ifndef CARDVAULT_BASE_ERROR_TEXT_H_
#define CARDVAULT_BASE_ERROR_TEXT_H_

#include "absl/strings/string_view.h"

namespace cardvault {

// The text of an error: a compile-time literal and nothing else, so that no error can carry a
// value that a caller sent. The constructor is consteval: a run-time string does not compile.
class ErrorText final {
 public:
  // Implicit, so that a literal can stand where a text is wanted.
  consteval ErrorText(const char* literal)
      : text_(literal) {}  // NOLINT(google-explicit-constructor)

  constexpr const char* c_str() const { return text_; }
  absl::string_view view() const { return text_; }

 private:
  const char* text_;
};

// The name of a request field or configuration key that an error is about ("card.number"): a
// compile-time literal, for the same reason.
class FieldName final {
 public:
  consteval FieldName(const char* literal)
      : name_(literal) {}  // NOLINT(google-explicit-constructor)

  constexpr const char* c_str() const { return name_; }
  absl::string_view view() const { return name_; }

 private:
  // Names of message fields, from the compiled-in schema (server/wire).
  friend class SchemaFieldNames;
  struct OfSchema {};
  FieldName(OfSchema, const char* name) : name_(name) {}

  const char* name_;
};

}  // namespace cardvault

#endif  // CARDVAULT_BASE_ERROR_TEXT_H_
