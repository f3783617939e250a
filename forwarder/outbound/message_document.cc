#include "forwarder/outbound/message_document.h"

#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/access/secret_buffer.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/utf8.h"
#include "forwarder/outbound/sorted_values.h"

namespace cardvault {
namespace {

// RapidJSON lets a second surrogate without its first through as "\udc00".
bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t size = Utf8SequenceSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace

// Takes RapidJSON's events; false from any of them ends the parsing.
class MessageHandler final
    : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, MessageHandler> {
 public:
  explicit MessageHandler(MessageDocument& document) : document_(document) {}

  bool Default() { return false; }  // numbers come as RawNumber
  bool Null() { return Add(MessageDocument::Kind::kNull, "null"); }
  bool Bool(bool flag) {
    return flag ? Add(MessageDocument::Kind::kTrue, "true")
                : Add(MessageDocument::Kind::kFalse, "false");
  }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return Add(MessageDocument::Kind::kNumber, {text, size});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return IsUtf8({text, size}) && Add(MessageDocument::Kind::kString, {text, size});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    Level& level = levels_.back();
    level.name = {text, size};
    return IsUtf8(level.name) && level.names.insert(level.name).second;
  }
  bool StartObject() { return Enter(/*is_array=*/false); }
  bool EndObject(rapidjson::SizeType) { return Leave(); }
  bool StartArray() { return Enter(/*is_array=*/true); }
  bool EndArray(rapidjson::SizeType) { return Leave(); }

 private:
  struct Level {
    bool is_array = false;
    absl::string_view name;  // of the member that is being read
    absl::flat_hash_set<absl::string_view> names;
  };

  bool Enter(bool is_array) {
    // The outermost value has to be an object.
    if (levels_.empty() ? is_array : levels_.size() >= kMaxMessageDepth) return false;
    if (levels_.size() == 1) document_.is_flat_ = false;
    if (++count_ > kMaxMessageValues) return false;
    std::string path = PathHere();
    if (!path.empty()) document_.containers_.push_back(std::move(path));
    levels_.emplace_back().is_array = is_array;
    return true;
  }

  bool Leave() {
    levels_.pop_back();
    return true;
  }

  bool Add(MessageDocument::Kind kind, absl::string_view text) {
    if (levels_.empty() || ++count_ > kMaxMessageValues) return false;
    if (levels_.size() == 1) document_.members_.push_back({levels_[0].name, kind, text});
    std::string path = PathHere();
    if (!path.empty()) document_.values_.push_back({std::move(path), kind, text});
    return true;
  }

  // Of the value that is being read; "" for one that has none.
  std::string PathHere() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.is_array || level.name.empty()) return "";
      if (!path.empty()) path += '.';
      if (path.size() + level.name.size() > kMaxMessagePathSize) return "";
      // A name with a dot would look like two.
      if (level.name.find('.') != absl::string_view::npos) return "";
      path.append(level.name.data(), level.name.size());
    }
    return path;
  }

  MessageDocument& document_;
  std::vector<Level> levels_;
  size_t count_ = 0;
};

absl::StatusOr<MessageDocument> MessageDocument::Parse(const SecretBytes& body) {
  const absl::Status malformed = InvalidArgument(ErrorReason::kFieldInvalid, "body",
                                                 "the message is not one complete JSON object");
  const absl::string_view raw = SecretBytesAccess::View(body);
  // RapidJSON takes a NUL for the end, and what is behind it would go unseen.
  if (raw.find('\0') != absl::string_view::npos) return malformed;
  SecretBuffer terminated;
  terminated.Append(raw);
  terminated.Append('\0');
  MessageDocument document;
  document.body_ = terminated.Release();

  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag;
  rapidjson::InsituStringStream stream(SecretBytesAccess::Mutable(document.body_).data());
  rapidjson::Reader reader;
  MessageHandler handler(document);
  if (reader.Parse<kFlags>(stream, handler).IsError()) return malformed;
  return document;
}

const MessageDocument::Value* MessageDocument::Find(absl::string_view path) const {
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const Value& value) { return path == value.path; });
  return found == values_.end() ? nullptr : &*found;
}

bool MessageDocument::HasContainer(absl::string_view path) const {
  return std::any_of(containers_.begin(), containers_.end(),
                     [&](const std::string& container) { return path == container; });
}

bool MessageDocument::VerifySortedValues(absl::string_view signature_member,
                                         const SecretBytes& secret) const {
  if (!is_flat_) return false;
  const Member* signature = nullptr;
  SortedValues sorted;
  for (const Member& member : members_) {
    if (member.name == signature_member) {
      signature = &member;
    } else if (member.kind == Kind::kTrue) {
      sorted.Add(member.name, "1");
    } else if (member.kind == Kind::kFalse || member.kind == Kind::kNull) {
      sorted.Add(member.name, "");
    } else {
      sorted.Add(member.name, member.text);
    }
  }
  return signature != nullptr && signature->kind == Kind::kString &&
         sorted.Verify(secret, signature->text);
}

}  // namespace cardvault
