#ifndef CARDVAULT_CARD_PAN_H_
#define CARDVAULT_CARD_PAN_H_

#include <cstddef>
#include <iosfwd>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "card/bin.h"
#include "card/brand.h"
#include "card/pan_access_token.h"
#include "card/truncated_pan.h"

namespace cardvault {

// A primary account number (ISO/IEC 7812-1): 12 to 19 digits that pass Luhn. The digits live in
// SecretBytes; they are read with the pass-key of card/access alone. Thread-compatible.
class Pan final {
 public:
  // INVALID_ARGUMENT, PAN_INVALID, field "card.number", for anything but 12-19 ASCII digits with a
  // right check digit: separators and spaces are refused too. The text never echoes the input.
  static absl::StatusOr<Pan> Parse(absl::string_view digits);

  // The same, taking over bytes that are secret already.
  static absl::StatusOr<Pan> FromSecret(SecretBytes digits);

  Pan(Pan&&) noexcept = default;
  Pan& operator=(Pan&&) noexcept = default;
  Pan(const Pan&) = delete;
  Pan& operator=(const Pan&) = delete;

  // An explicit copy, so that copies can be searched for.
  Pan Clone() const;

  // 12 to 19.
  size_t digit_count() const { return digits_.size(); }
  Brand brand() const;

  // What may be stored and shown of it (PCI DSS 3.5.1, 3.4.1): last four digits and a BIN of
  // min(configured, 8 only from 16 digits on else 6, length - 8) digits, so that four or more
  // digits are always removed.
  TruncatedPan Truncate(BinLength configured) const;

  // The clear digits. The view lives no longer than this object.
  absl::string_view Reveal(const PanAccessToken&) const& ABSL_ATTRIBUTE_LIFETIME_BOUND;
  void Reveal(const PanAccessToken&) const&& = delete;

  friend bool operator==(const Pan&, const Pan&) = delete;  // compare fingerprints instead
  friend std::ostream& operator<<(std::ostream&, const Pan&) = delete;
  template <typename S>
  friend void AbslStringify(S&, const Pan&) = delete;
  template <typename H>
  friend H AbslHashValue(H, const Pan&) = delete;  // no map keyed by a PAN
  friend void PrintTo(const Pan&, std::ostream* os);

 private:
  explicit Pan(SecretBytes digits) : digits_(std::move(digits)) {}

  SecretBytes digits_;
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_PAN_H_
