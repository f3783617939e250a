#ifndef CARDVAULT_FORWARDER_OUTBOUND_SORTED_VALUES_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SORTED_VALUES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"

namespace cardvault {

// The signature of flat messages in Praxis 1.1: the ValueHash of the values in byte order of their
// keys. Not thread-safe.
class SortedValues final {
 public:
  // What is added must outlive this. A value is what the rule makes of it: strings decoded,
  // numbers by their literal, true "1", false and null empty.
  void Add(absl::string_view key, absl::string_view value) { values_.emplace_back(key, value); }

  // FAILED_PRECONDITION for an empty secret; INTERNAL (CRYPTO).
  absl::StatusOr<std::string> Sign(const SecretBytes& secret);

  // Compares in constant time; false also where Sign has an error.
  bool Verify(const SecretBytes& secret, absl::string_view signature);

 private:
  std::vector<std::pair<absl::string_view, absl::string_view>> values_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SORTED_VALUES_H_
