#include "keys/mac_key.h"

#include <openssl/crypto.h>

#include <limits>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "base/check.h"
#include "keys/crypto_sizes.h"
#include "keys/hmac_sha256.h"
#include "keys/key_material.h"

namespace cardvault {
namespace {

// As many parts as any caller has; more go to the heap. The parts themselves are not copied.
constexpr size_t kUsualPartCount = 12;

}  // namespace

MacKey::MacKey(uint32_t version, std::shared_ptr<const KeyMaterial> material)
    : version_(version), hmac_(std::make_unique<const HmacSha256>(std::move(material))) {}

MacKey::~MacKey() = default;

std::string MacKey::Mac(std::initializer_list<absl::string_view> parts) const {
  return Mac(absl::MakeConstSpan(parts.begin(), parts.size()));
}

std::string MacKey::Mac(absl::Span<const absl::string_view> parts) const {
  absl::InlinedVector<char, 4 * kUsualPartCount> lengths(4 * parts.size());
  absl::InlinedVector<absl::string_view, 2 * kUsualPartCount> pieces;
  pieces.reserve(2 * parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    CV_CHECK(parts[i].size() <= std::numeric_limits<uint32_t>::max());
    const auto size = static_cast<uint32_t>(parts[i].size());
    char* const length = lengths.data() + 4 * i;
    for (int byte = 0; byte < 4; ++byte) length[byte] = static_cast<char>(size >> (24 - 8 * byte));
    pieces.push_back(absl::string_view(length, 4));
    pieces.push_back(parts[i]);
  }
  return hmac_->Compute(pieces);
}

bool MacKey::Verify(std::initializer_list<absl::string_view> parts,
                    absl::string_view expected) const {
  if (expected.size() < kMinVerifiedMacSize || expected.size() > kMacSize) return false;
  const std::string mac = Mac(parts);
  return CRYPTO_memcmp(mac.data(), expected.data(), expected.size()) == 0;
}

}  // namespace cardvault
