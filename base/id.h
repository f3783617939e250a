#ifndef CARDVAULT_BASE_ID_H_
#define CARDVAULT_BASE_ID_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/error_text.h"

namespace cardvault {

// The id rule of the API: [A-Za-z0-9._:-], 1 to 50 characters, no run of 12 or more digits (so
// that no card number passes for an id). Returns INVALID_ARGUMENT (ID_INVALID, or FIELD_MISSING
// when empty) naming `field`.
absl::Status CheckId(absl::string_view text, FieldName field);

inline constexpr size_t kMaxIdSize = 50;  // Praxis' order_id and pin hold 50 characters

// A checked id of one kind; kinds do not mix. Safe to log. Thread-compatible.
template <typename Kind>
class Id final {
 public:
  static absl::StatusOr<Id> Parse(absl::string_view text, FieldName field) {
    if (absl::Status status = CheckId(text, field); !status.ok()) return status;
    return Id(std::string(text.data(), text.size()));
  }

  const std::string& value() const { return value_; }

  friend bool operator==(const Id& a, const Id& b) { return a.value_ == b.value_; }
  friend bool operator!=(const Id& a, const Id& b) { return a.value_ != b.value_; }
  friend bool operator<(const Id& a, const Id& b) { return a.value_ < b.value_; }
  template <typename H>
  friend H AbslHashValue(H h, const Id& id) {
    return H::combine(std::move(h), id.value_);
  }
  friend absl::string_view SafeForLog(const Id& id) { return id.value_; }

 private:
  explicit Id(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

using MerchantId = Id<struct MerchantIdKind>;
using PaymentId = Id<struct PaymentIdKind>;
using RequestId = Id<struct RequestIdKind>;
using CustomerId = Id<struct CustomerIdKind>;
using LabelKey = Id<struct LabelKeyKind>;
using RouteName = Id<struct RouteNameKind>;
using VaultId = Id<struct VaultIdKind>;

}  // namespace cardvault

#endif  // CARDVAULT_BASE_ID_H_
