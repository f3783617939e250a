#include "forwarder/outbound/request_renderer.h"

#include <rapidjson/allocators.h>
#include <rapidjson/encodings.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <variant>

#include "absl/strings/string_view.h"
#include "base/access/secret_buffer.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// RapidJSON's output stream into secret memory.
class SecretStream final {
 public:
  using Ch = char;

  explicit SecretStream(SecretBuffer& out) : out_(out) {}
  void Put(char c) { out_.Append(c); }
  void Flush() {}

 private:
  SecretBuffer& out_;
};

// The only memory of its own is a stack of nesting levels; characters go straight through.
using SecretWriter =
    rapidjson::Writer<SecretStream, rapidjson::UTF8<>, rapidjson::UTF8<>, rapidjson::CrtAllocator,
                      rapidjson::kWriteValidateEncodingFlag>;

rapidjson::SizeType SizeOf(absl::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

absl::Status NotUtf8() {
  return Internal(ErrorReason::kInternal, "a text of the request is not UTF-8");
}

class Renderer final {
 public:
  Renderer(const SlotValues& values, SecretBuffer& out)
      : values_(values), stream_(out), writer_(stream_) {}

  absl::Status Object(const PlanObject& object, const LastMember* last) {
    writer_.StartObject();
    for (const PlanField& field : object) {
      if (!writer_.Key(field.name.data(), SizeOf(field.name))) return NotUtf8();
      RETURN_IF_ERROR(std::visit(*this, field.value));
    }
    if (last != nullptr) {
      if (!writer_.Key(last->name.data(), SizeOf(last->name))) return NotUtf8();
      RETURN_IF_ERROR(Text(last->text));
    }
    writer_.EndObject();
    return absl::OkStatus();
  }

  absl::Status operator()(const std::string& text) { return Text(text); }
  absl::Status operator()(int64_t number) {
    writer_.Int64(number);
    return absl::OkStatus();
  }
  absl::Status operator()(bool flag) {
    writer_.Bool(flag);
    return absl::OkStatus();
  }
  absl::Status operator()(const PlanObject& object) { return Object(object, nullptr); }
  absl::Status operator()(PlanSlot slot) {
    ASSIGN_OR_RETURN(const absl::string_view text, values_.TextOf(slot));
    if (!SlotValues::IsInteger(slot)) return Text(text);
    writer_.RawValue(text.data(), text.size(), rapidjson::kNumberType);
    return absl::OkStatus();
  }

  absl::Status operator()(const EncryptedSlot& slot) {
    ASSIGN_OR_RETURN(const absl::string_view text, values_.TextOf(slot));
    return Text(text);
  }

 private:
  absl::Status Text(absl::string_view text) {
    return writer_.String(text.data(), SizeOf(text)) ? absl::OkStatus() : NotUtf8();
  }

  const SlotValues& values_;
  SecretStream stream_;
  SecretWriter writer_;
};

}  // namespace

absl::StatusOr<SecretBytes> RenderBody(const PlanObject& body, const SlotValues& values,
                                       const LastMember* last) {
  SecretBuffer out;
  Renderer renderer(values, out);
  RETURN_IF_ERROR(renderer.Object(body, last));
  return out.Release();
}

}  // namespace cardvault
