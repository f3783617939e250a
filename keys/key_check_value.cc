#include "keys/key_check_value.h"

#include "absl/strings/escaping.h"
#include "keys/mac_key.h"

namespace cardvault {
namespace {

constexpr absl::string_view kLabel = "cardvault key check value v1";
constexpr size_t kCheckValueBytes = 3;

}  // namespace

std::string KeyCheckValue(const std::shared_ptr<const KeyMaterial>& material) {
  const std::string mac = MacKey(/*version=*/0, material).Mac({kLabel});
  return absl::BytesToHexString(absl::string_view(mac).substr(0, kCheckValueBytes));
}

}  // namespace cardvault
