#ifndef CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_DOCUMENT_H_
#define CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_DOCUMENT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"

namespace cardvault {

inline constexpr size_t kMaxMessageDepth = 16;     // objects and arrays inside each other
inline constexpr size_t kMaxMessageValues = 4096;  // real messages have below a hundred
// Bytes; the longest that a connector asks for has below 50. Each value keeps its own, so
// kMaxMessageValues of them bound what a hostile body can make of its 256 KiB.
inline constexpr size_t kMaxMessagePathSize = 128;

// The body of an answer or notification: one JSON object. It may hold a card that the upstream
// echoes, so it is decoded in place, in secret memory, and its texts are views of that. Immutable
// once parsed. Thread-compatible.
class MessageDocument final {
 public:
  enum class Kind { kString, kNumber, kTrue, kFalse, kNull };

  // A value that is no object or array, lies in no array, and under no name that is empty or has a
  // dot; its path has at most kMaxMessagePathSize bytes. Others count for signatures alone.
  struct Value {
    std::string path;  // names joined by dots
    Kind kind = Kind::kNull;
    absl::string_view text;  // strings decoded, numbers by their literal, else as JSON writes it
  };

  // INVALID_ARGUMENT (FIELD_INVALID, "body") for what is not exactly one JSON object: bytes behind
  // it, invalid UTF-8, a name twice in one object, too deep or too many values.
  static absl::StatusOr<MessageDocument> Parse(const SecretBytes& body);

  MessageDocument(MessageDocument&&) = default;
  MessageDocument& operator=(MessageDocument&&) = default;

  // Null when there is no such value, or there an object or array stands.
  const Value* Find(absl::string_view path) const;

  // Whether an object or array stands there.
  bool HasContainer(absl::string_view path) const;

  // Whether the string member `signature_member` is the sorted-values signature of all other
  // members, whatever they are. False when one of them is an object or array: such a message
  // cannot be verified.
  bool VerifySortedValues(absl::string_view signature_member, const SecretBytes& secret) const;

 private:
  friend class MessageHandler;

  // A member of the outermost object.
  struct Member {
    absl::string_view name;
    Kind kind = Kind::kNull;
    absl::string_view text;
  };

  MessageDocument() = default;

  SecretBytes body_;  // decoded in place: what the views show
  std::vector<Value> values_;
  std::vector<std::string> containers_;  // paths of objects and arrays
  std::vector<Member> members_;
  bool is_flat_ = true;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_DOCUMENT_H_
