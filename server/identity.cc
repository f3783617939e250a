#include "server/identity.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr absl::string_view kScheme = "spiffe://";
constexpr size_t kMaxUriSize = 255;  // what an audit entry holds of a principal
constexpr size_t kMaxDomainSize = 100;

bool IsDomain(absl::string_view domain) {
  if (domain.empty() || domain.size() > kMaxDomainSize) return false;
  for (char c : domain) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-')) return false;
  }
  return true;
}

absl::Status NotAnIdentity() {
  return Unauthenticated("the client certificate has no URI name that cardvault knows");
}

}  // namespace

absl::StatusOr<Identity> ParseIdentity(absl::string_view uri) {
  if (uri.size() > kMaxUriSize || !absl::StartsWith(uri, kScheme)) return NotAnIdentity();
  std::vector<absl::string_view> parts = absl::StrSplit(uri.substr(kScheme.size()), '/');
  if (parts.size() < 3 || !IsDomain(parts[0])) return NotAnIdentity();
  for (size_t i = 1; i < parts.size(); ++i) {
    if (!CheckId(parts[i], "identity").ok()) return NotAnIdentity();
  }

  Identity identity;
  identity.uri = std::string(uri);
  identity.name = std::string(parts.back());
  if (parts[1] == "merchant" && parts.size() == 4) {
    identity.kind = Identity::Kind::kMerchant;
    absl::StatusOr<MerchantId> merchant = MerchantId::Parse(parts[2], "identity");
    if (!merchant.ok()) return NotAnIdentity();
    identity.merchant = *std::move(merchant);
    return identity;
  }
  if (parts.size() != 3) return NotAnIdentity();
  if (parts[1] == "operator") {
    identity.kind = Identity::Kind::kOperator;
  } else if (parts[1] == "custodian") {
    identity.kind = Identity::Kind::kCustodian;
  } else if (parts[1] == "auditor") {
    identity.kind = Identity::Kind::kAuditor;
  } else {
    return NotAnIdentity();
  }
  return identity;
}

std::optional<Role> PersonalRole(Identity::Kind kind) {
  switch (kind) {
    case Identity::Kind::kMerchant:
      return std::nullopt;
    case Identity::Kind::kOperator:
      return Role::kOperator;
    case Identity::Kind::kCustodian:
      return Role::kCustodian;
    case Identity::Kind::kAuditor:
      return Role::kAuditor;
  }
  return std::nullopt;
}

}  // namespace cardvault
