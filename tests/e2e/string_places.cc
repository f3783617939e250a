#include "tests/e2e/string_places.h"

#include "cardvault/annotations/v1/sensitivity.pb.h"

namespace cardvault::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsFree(const FieldDescriptor& field) {
  return field.options().GetExtension(annotations::v1::sensitivity) <
             annotations::v1::SENSITIVITY_PAN ||
         field.options().GetExtension(annotations::v1::sensitivity) ==
             annotations::v1::SENSITIVITY_CARDHOLDER_DATA;
}

void SetString(Message& message, const FieldDescriptor& field, const std::string& text) {
  if (field.is_repeated()) {
    message.GetReflection()->AddString(&message, &field, text);
  } else {
    message.GetReflection()->SetString(&message, &field, text);
  }
}

// Every string place of a type. `reach` goes from the whole request to the message of this type.
void Collect(const Descriptor& type, const std::string& prefix,
             const std::function<Message&(Message&)>& reach, std::vector<StringPlace>& places) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const std::string path = prefix + std::string(field->name());
    if (field->type() == FieldDescriptor::TYPE_STRING && IsFree(*field)) {
      places.push_back({path, [reach, field](Message& root, const std::string& text) {
                          SetString(reach(root), *field, text);
                        }});
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      Collect(
          *field->message_type(), path + ".",
          [reach, field](Message& root) -> Message& {
            Message& parent = reach(root);
            if (field->is_repeated()) {
              return *parent.GetReflection()->AddMessage(&parent, field);
            }
            return *parent.GetReflection()->MutableMessage(&parent, field);
          },
          places);
    }
  }
}

}  // namespace

std::vector<StringPlace> FreeStringPlaces(const Descriptor& type) {
  std::vector<StringPlace> places;
  Collect(
      type, "", [](Message& root) -> Message& { return root; }, places);
  return places;
}

}  // namespace cardvault::testing
