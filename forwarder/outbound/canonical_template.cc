#include "forwarder/outbound/canonical_template.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

struct Placeholder {
  absl::string_view name;
  CanonicalPart part;
};

constexpr Placeholder kPlaceholders[] = {
    {"method", CanonicalPart::kMethod},
    {"path", CanonicalPart::kPath},
    {"host", CanonicalPart::kHost},
    {"timestamp", CanonicalPart::kTimestamp},
    {"nonce", CanonicalPart::kNonce},
    {"key_id", CanonicalPart::kKeyId},
    {"wallet_uid", CanonicalPart::kWalletUid},
    {"body", CanonicalPart::kBody},
    {"body_sha256_hex", CanonicalPart::kBodySha256Hex},
    {"body_sha256_base64", CanonicalPart::kBodySha256Base64},
};

// Null, and `pieces` filled, or what is wrong.
const char* Split(absl::string_view text, std::vector<CanonicalTemplate::Piece>& pieces) {
  if (text.empty()) return "is empty";
  if (text.size() > kMaxCanonicalTemplateSize) return "is longer than 1024 bytes";
  bool has_placeholder = false;
  while (!text.empty()) {
    const size_t brace = text.find_first_of("{}");
    if (brace > 0) {
      const absl::string_view literal = text.substr(0, brace);
      pieces.push_back({CanonicalPart::kLiteral, std::string(literal.data(), literal.size())});
      if (brace == absl::string_view::npos) break;
      text.remove_prefix(brace);
    }
    const size_t end = text.find('}');
    if (text.front() == '}') return "has a } without a { before it";
    if (end == absl::string_view::npos) return "has a { without a } behind it";
    const absl::string_view name = text.substr(1, end - 1);
    const auto* const found =
        std::find_if(std::begin(kPlaceholders), std::end(kPlaceholders),
                     [&](const Placeholder& candidate) { return candidate.name == name; });
    if (found == std::end(kPlaceholders)) {
      return "has an unknown placeholder; known are {method} {path} {host} {timestamp} {nonce} "
             "{key_id} {wallet_uid} {body} {body_sha256_hex} {body_sha256_base64}";
    }
    pieces.push_back({found->part, ""});
    has_placeholder = true;
    text.remove_prefix(end + 1);
  }
  return has_placeholder ? nullptr : "has no placeholder, so its signature would never change";
}

}  // namespace

const char* CheckCanonicalTemplate(absl::string_view text) {
  std::vector<CanonicalTemplate::Piece> pieces;
  return Split(text, pieces);
}

absl::StatusOr<CanonicalTemplate> CanonicalTemplate::Parse(absl::string_view text) {
  CanonicalTemplate result;
  if (Split(text, result.pieces_) != nullptr) {
    return Internal(ErrorReason::kInternal, "the route's canonical template is malformed");
  }
  return result;
}

}  // namespace cardvault
