#include "forwarder/escrow/cvv_sealer.h"

#include <cstring>

#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/length_prefix.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "card/brand.h"
#include "card/sad/access/sad_access.h"

namespace cardvault {
namespace {

std::string AssociatedData(const CvvPlace& place) {
  return LengthPrefixed({"cardvault cvv v1", place.merchant.value(), place.token, place.cvv_id});
}

}  // namespace

absl::StatusOr<std::string> SealCvv(const AeadKey& key, const CvvPlace& place, const Cvv& cvv) {
  const absl::string_view digits = cvv.Reveal(SadAccess::Token());
  CV_CHECK(digits.size() <= kMaxCvvSize);
  SecretBytes padded = SecretBytes::Zeros(1 + kMaxCvvSize);
  char* const out = SecretBytesAccess::Mutable(padded).data();
  out[0] = static_cast<char>(digits.size());
  std::memcpy(out + 1, digits.data(), digits.size());
  return key.Seal(SecretBytesAccess::View(padded), AssociatedData(place));
}

absl::StatusOr<Cvv> OpenCvv(const AeadKey& key, const CvvPlace& place, absl::string_view sealed) {
  ASSIGN_OR_RETURN(const SecretBytes padded, key.Open(sealed, AssociatedData(place)));
  const absl::string_view view = SecretBytesAccess::View(padded);
  if (view.size() != 1 + kMaxCvvSize || static_cast<unsigned char>(view[0]) > kMaxCvvSize) {
    return DataLoss("these are not the bytes of a card verification code");
  }
  // The brand was judged when the code came in.
  return Cvv::Parse(view.substr(1, static_cast<unsigned char>(view[0])), Brand::kUnknown);
}

}  // namespace cardvault
