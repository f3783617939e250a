#ifndef CARDVAULT_FORWARDER_OUTBOUND_ANSWER_DOCUMENT_H_
#define CARDVAULT_FORWARDER_OUTBOUND_ANSWER_DOCUMENT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"

namespace cardvault {

inline constexpr size_t kMaxAnswerDepth = 16;     // objects and arrays inside each other
inline constexpr size_t kMaxAnswerValues = 4096;  // real answers have below a hundred

// The body of an upstream's answer: one JSON object. It may hold a card that the upstream echoes,
// so it is decoded in place, in secret memory, and its texts are views of that. Immutable once
// parsed. Thread-compatible.
class AnswerDocument final {
 public:
  enum class Kind { kString, kNumber, kTrue, kFalse, kNull };

  // A value that is no object or array and lies in no array.
  struct Value {
    std::string path;  // names joined by dots; "" when one of them is empty or has a dot
    Kind kind = Kind::kNull;
    absl::string_view text;  // strings decoded, numbers by their literal, else as JSON writes it
  };

  // INVALID_ARGUMENT (FIELD_INVALID, "body") for what is not exactly one JSON object: bytes behind
  // it, invalid UTF-8, a name twice in one object, too deep or too many values.
  static absl::StatusOr<AnswerDocument> Parse(SecretBytes body);

  AnswerDocument(AnswerDocument&&) = default;
  AnswerDocument& operator=(AnswerDocument&&) = default;

  // Null when there is no such value, or there an object or array stands.
  const Value* Find(absl::string_view path) const;

  // Whether the string member `signature_member` is the sorted-values signature of all other
  // members, whatever they are. False when one of them is an object or array: such a message
  // cannot be verified.
  bool VerifySortedValues(absl::string_view signature_member, const SecretBytes& secret) const;

 private:
  friend class AnswerHandler;

  // A member of the outermost object.
  struct Member {
    absl::string_view name;
    Kind kind = Kind::kNull;
    absl::string_view text;
  };

  AnswerDocument() = default;

  SecretBytes body_;  // decoded in place: what the views show
  std::vector<Value> values_;
  std::vector<Member> members_;
  bool is_flat_ = true;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_ANSWER_DOCUMENT_H_
