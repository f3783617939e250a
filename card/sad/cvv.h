#ifndef CARDVAULT_CARD_SAD_CVV_H_
#define CARDVAULT_CARD_SAD_CVV_H_

#include <iosfwd>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "card/brand.h"

namespace cardvault {

// The pass-key of Cvv::Reveal: only SadAccess (card/sad/access, restricted visibility) makes one.
class SadAccessToken {
 public:
  SadAccessToken(const SadAccessToken&) = delete;
  SadAccessToken& operator=(const SadAccessToken&) = delete;

 private:
  friend class SadAccess;
  explicit SadAccessToken() {}
};

// A card verification code: sensitive authentication data (PCI DSS 3.3.1). In memory alone, for
// one payment attempt; there is no serializer, and nothing derived from it is kept.
// Thread-compatible.
class Cvv final {
 public:
  // INVALID_ARGUMENT (CVV_INVALID, field "card.cvv") unless it has the digits that `brand` wants:
  // 4 for American Express, 3 for other known brands, 3 or 4 otherwise.
  static absl::StatusOr<Cvv> Parse(absl::string_view digits, Brand brand);

  Cvv(Cvv&&) noexcept = default;
  Cvv& operator=(Cvv&&) noexcept = default;
  Cvv(const Cvv&) = delete;
  Cvv& operator=(const Cvv&) = delete;

  absl::string_view Reveal(const SadAccessToken&) const& ABSL_ATTRIBUTE_LIFETIME_BOUND;
  void Reveal(const SadAccessToken&) const&& = delete;

  friend bool operator==(const Cvv&, const Cvv&) = delete;
  friend std::ostream& operator<<(std::ostream&, const Cvv&) = delete;
  template <typename S>
  friend void AbslStringify(S&, const Cvv&) = delete;
  template <typename H>
  friend H AbslHashValue(H, const Cvv&) = delete;
  friend void PrintTo(const Cvv&, std::ostream* os);

 private:
  explicit Cvv(SecretBytes digits) : digits_(std::move(digits)) {}

  SecretBytes digits_;
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_SAD_CVV_H_
