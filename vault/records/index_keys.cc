#include "vault/records/index_keys.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/length_prefix.h"
#include "base/status.h"

namespace cardvault {

std::string IndexKeys::Merchant(const MerchantId& merchant) const {
  return absl::StrCat("m", row_keys_.Merchant(merchant));
}

std::string IndexKeys::Customer(const MerchantId& merchant, const CustomerId& customer) const {
  return absl::StrCat("c", row_keys_.Customer(merchant, customer));
}

std::string IndexKeys::Fingerprint(const MerchantId& merchant,
                                   absl::string_view fingerprint) const {
  return absl::StrCat("f", row_keys_.Fingerprint(merchant, fingerprint));
}

std::string IndexKeys::CustomerReuse(const MerchantId& merchant, const CustomerId& customer,
                                     absl::string_view fingerprint) const {
  return absl::StrCat("r", row_keys_.Customer(merchant, customer),
                      row_keys_.Fingerprint(merchant, fingerprint));
}

std::string IndexKeys::FingerprintPointer(const MerchantId& merchant,
                                          absl::string_view fingerprint) const {
  return absl::StrCat("p", row_keys_.Fingerprint(merchant, fingerprint));
}

std::string ListPosition(int64_t create_micros, const Token& token) {
  // Inverted, so that a scan in key order meets the newest first.
  return absl::StrCat(BigEndian64(~static_cast<uint64_t>(create_micros)), token.binary());
}

absl::string_view TokenOfPosition(absl::string_view position) {
  CV_CHECK(position.size() == kListPositionSize);
  return position.substr(8);
}

absl::StatusOr<Token> TokenOfBytes(VaultMode mode, absl::string_view bytes) {
  if (bytes.size() != Token::kBinarySize) return DataLoss("a stored token has a wrong size");
  std::array<char, Token::kBinarySize> binary;
  std::copy(bytes.begin(), bytes.end(), binary.begin());
  return Token::FromBinary(mode, binary);
}

}  // namespace cardvault
