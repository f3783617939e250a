#include "sandbox/json_value.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

#include "absl/status/status.h"

namespace cardvault::sandbox {

// Builds a tree from RapidJSON's events. Returning false from a handler ends the parse.
class JsonTreeBuilder {
 public:
  bool Null() { return Add(JsonValue::Null()); }
  bool Bool(bool value) { return Add(JsonValue::Bool(value)); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return Add(JsonValue::NumberLiteral(std::string(text, size)));
  }
  // Not reached: every number comes as its literal.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    return Add(JsonValue::String(absl::string_view(text, size)));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    keys_.back().assign(text, size);
    return open_.back().members_.count(keys_.back()) == 0;
  }
  bool StartObject() { return Open(JsonValue::Object()); }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool StartArray() { return Open(JsonValue::Array()); }
  bool EndArray(rapidjson::SizeType) { return Close(); }

  JsonValue TakeRoot() { return std::move(root_); }

 private:
  bool Open(JsonValue container) {
    if (open_.size() >= JsonValue::kDepthMax) return false;
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }

  bool Close() {
    JsonValue container = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return Add(std::move(container));
  }

  bool Add(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_object()) {
      open_.back().members_.emplace(keys_.back(), std::move(value));
    } else {
      open_.back().elements_.push_back(std::move(value));
    }
    return true;
  }

  JsonValue root_;
  std::vector<JsonValue> open_;
  std::vector<std::string> keys_;  // one for each open container
};

namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteText(const std::string& text, Writer& writer) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void WriteValue(const JsonValue& value, Writer& writer) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      writer.Null();
      break;
    case JsonValue::Kind::kTrue:
      writer.Bool(true);
      break;
    case JsonValue::Kind::kFalse:
      writer.Bool(false);
      break;
    case JsonValue::Kind::kNumber:
      writer.RawValue(value.text().data(), value.text().size(), rapidjson::kNumberType);
      break;
    case JsonValue::Kind::kString:
      WriteText(value.text(), writer);
      break;
    case JsonValue::Kind::kArray:
      writer.StartArray();
      for (const JsonValue& element : value.elements()) WriteValue(element, writer);
      writer.EndArray();
      break;
    case JsonValue::Kind::kObject:
      writer.StartObject();
      for (const auto& [name, member] : value.members()) {
        writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
        WriteValue(member, writer);
      }
      writer.EndObject();
      break;
  }
}

}  // namespace

absl::StatusOr<JsonValue> JsonValue::Parse(absl::string_view text) {
  // RapidJSON takes a NUL byte for the end of its input.
  if (text.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError("JSON holds a NUL byte");
  }
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  JsonTreeBuilder builder;
  constexpr unsigned kFlags =
      rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
  if (reader.Parse<kFlags>(stream, builder).IsError()) {
    return absl::InvalidArgumentError("not one well-formed JSON document");
  }
  return builder.TakeRoot();
}

const JsonValue* JsonValue::Find(absl::string_view name) const {
  const auto member = members_.find(std::string(name));
  return member == members_.end() ? nullptr : &member->second;
}

absl::string_view JsonValue::StringAt(absl::string_view name) const {
  const JsonValue* member = Find(name);
  return member != nullptr && member->is_string() ? absl::string_view(member->text())
                                                  : absl::string_view();
}

JsonValue& JsonValue::Set(absl::string_view name, JsonValue value) {
  members_.insert_or_assign(std::string(name), std::move(value));
  return *this;
}

JsonValue& JsonValue::Append(JsonValue value) {
  elements_.push_back(std::move(value));
  return *this;
}

JsonValue& JsonValue::Erase(absl::string_view name) {
  members_.erase(std::string(name));
  return *this;
}

std::string JsonValue::Write() const {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  WriteValue(*this, writer);
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace cardvault::sandbox
