#include "server/wire/message_parser.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/error_text.h"
#include "base/status.h"

namespace cardvault {

// Turns a path of field names of the schema into a FieldName. The schema is finite, so is the set.
class SchemaFieldNames {
 public:
  static FieldName Of(const std::string& path) {
    static absl::Mutex& mutex = *new absl::Mutex;
    static std::set<std::string>& names = *new std::set<std::string>;
    absl::MutexLock lock(&mutex);
    return FieldName(FieldName::OfSchema{}, names.insert(path).first->c_str());
  }
};

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::IsStructurallyValidUTF8;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// As protobuf's own limit.
constexpr int kMaxDepth = 100;

// The path of the first string field that is not UTF-8; "" when there is none or the bytes do not
// parse even so far.
std::string FirstNotUtf8(const Descriptor& type, absl::string_view bytes, const std::string& prefix,
                         int depth) {
  if (depth > kMaxDepth) return "";
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  while (uint32_t tag = in.ReadTag()) {
    const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) return "";
      continue;
    }
    uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return "";
    const int start = in.CurrentPosition();
    if (!in.Skip(static_cast<int>(size))) return "";
    if (field == nullptr) continue;
    const absl::string_view value = bytes.substr(start, size);
    const std::string path =
        prefix.empty() ? std::string(field->name()) : absl::StrCat(prefix, ".", field->name());
    if (field->type() == FieldDescriptor::TYPE_STRING &&
        !IsStructurallyValidUTF8(value.data(), static_cast<int>(value.size()))) {
      return path;
    }
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      std::string inner = FirstNotUtf8(*field->message_type(), value, path, depth + 1);
      if (!inner.empty()) return inner;
    }
  }
  return "";
}

}  // namespace

absl::Status ParseMessage(absl::string_view bytes, google::protobuf::Message& message) {
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  const std::string path = FirstNotUtf8(*message.GetDescriptor(), bytes, "", 0);
  if (path.empty()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "request",
                           "the bytes are not a message of this kind");
  }
  return InvalidArgument(ErrorReason::kTextInvalid, SchemaFieldNames::Of(path),
                         "the text is not UTF-8");
}

}  // namespace cardvault
