#ifndef CARDVAULT_CARD_FINGERPRINT_H_
#define CARDVAULT_CARD_FINGERPRINT_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// The id by which a merchant recognises one card among its tokens: "fpr_" and 26 characters of
// base32 over 16 random bytes, allotted when that merchant's PAN is first seen. Not derived from
// the PAN. Returned to its merchant; not logged and not audited. Thread-compatible.
class Fingerprint final {
 public:
  static Fingerprint Allot();  // random
  // INVALID_ARGUMENT (ID_INVALID, field "fingerprint").
  static absl::StatusOr<Fingerprint> Parse(absl::string_view text);

  const std::string& text() const { return text_; }
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;

 private:
  explicit Fingerprint(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_FINGERPRINT_H_
