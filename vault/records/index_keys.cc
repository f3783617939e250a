#include "vault/records/index_keys.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/length_prefix.h"
#include "base/sha256.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr size_t kTagSize = 16;

// Stands for a merchant's fingerprint. It needs no key: a fingerprint has 128 random bits, which
// nobody finds by trying.
std::string FingerprintTag(const MerchantId& merchant, absl::string_view fingerprint) {
  return Sha256(LengthPrefixed({"cardvault row fingerprint v1", merchant.value(), fingerprint}))
      .substr(0, kTagSize);
}

absl::string_view Kind(const char& kind) { return {&kind, 1}; }

}  // namespace

std::string IndexKeys::Merchant(const MerchantId& merchant) const {
  return absl::StrCat(Kind(kMerchantKind), row_keys_.Merchant(merchant));
}

std::string IndexKeys::Customer(const MerchantId& merchant, const CustomerId& customer) const {
  return absl::StrCat(Kind(kCustomerKind), row_keys_.Customer(merchant, customer));
}

std::string IndexKeys::Fingerprint(const MerchantId& merchant, absl::string_view fingerprint) {
  return absl::StrCat("f", FingerprintTag(merchant, fingerprint));
}

std::string IndexKeys::CustomerReuse(const MerchantId& merchant, const CustomerId& customer,
                                     absl::string_view fingerprint) const {
  return absl::StrCat(Kind(kReuseKind), row_keys_.Customer(merchant, customer),
                      FingerprintTag(merchant, fingerprint));
}

std::string IndexKeys::FingerprintPointer(const MerchantId& merchant,
                                          absl::string_view fingerprint) {
  return absl::StrCat("p", FingerprintTag(merchant, fingerprint));
}

bool IndexKeys::IsKeyed(absl::string_view row_key) {
  if (row_key.empty()) return false;
  return row_key[0] == kMerchantKind || row_key[0] == kCustomerKind || row_key[0] == kReuseKind;
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
