#include "forwarder/outbound/sorted_values.h"

#include <algorithm>

#include "forwarder/outbound/value_hash.h"

namespace cardvault {

absl::StatusOr<std::string> SortedValues::Sign(const SecretBytes& secret) {
  // Byte order: '_' comes before the small letters. Keys do not repeat.
  std::sort(values_.begin(), values_.end());
  ValueHash hash;
  for (const auto& [key, value] : values_) hash.Add(value);
  return hash.Sign(secret);
}

bool SortedValues::Verify(const SecretBytes& secret, absl::string_view signature) {
  const absl::StatusOr<std::string> expected = Sign(secret);
  return expected.ok() && IsSameSignature(*expected, signature);
}

}  // namespace cardvault
