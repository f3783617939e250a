#include "sandbox/praxis_signature.h"

#include "sandbox/digest.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSignatureField[] = "signature";

bool IsFlatObject(const JsonValue& message) {
  if (!message.is_object()) return false;
  for (const auto& [name, value] : message.members()) {
    if (value.kind() == JsonValue::Kind::kObject || value.kind() == JsonValue::Kind::kArray) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string SignPraxisMessage(const JsonValue& message, absl::string_view merchant_secret) {
  std::string signed_text;
  for (const auto& [name, value] : message.members()) {
    if (name == kSignatureField) continue;
    if (value.kind() == JsonValue::Kind::kTrue) {
      signed_text += "1";
    } else {
      signed_text += value.text();
    }
  }
  signed_text += std::string(merchant_secret);
  return Sha384Hex(signed_text);
}

bool VerifyPraxisMessage(const JsonValue& message, absl::string_view merchant_secret) {
  if (!IsFlatObject(message)) return false;
  return EqualInConstantTime(message.StringAt(kSignatureField),
                             SignPraxisMessage(message, merchant_secret));
}

}  // namespace cardvault::sandbox
