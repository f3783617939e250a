#ifndef CARDVAULT_FORWARDER_OUTBOUND_CANONICAL_TEMPLATE_H_
#define CARDVAULT_FORWARDER_OUTBOUND_CANONICAL_TEMPLATE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// What can stand between braces in the template of a canonical string.
enum class CanonicalPart {
  kLiteral,           // text as it stands in the template
  kMethod,            // {method}
  kPath,              // {path}: as in the request line
  kHost,              // {host}: as in the Host header
  kTimestamp,         // {timestamp}: Unix milliseconds
  kNonce,             // {nonce}
  kKeyId,             // {key_id}
  kWalletUid,         // {wallet_uid}
  kBody,              // {body}
  kBodySha256Hex,     // {body_sha256_hex}
  kBodySha256Base64,  // {body_sha256_base64}
};

inline constexpr size_t kMaxCanonicalTemplateSize = 1024;  // bytes; real ones have below a hundred

// What is wrong with a template, as a fixed sentence for the route's mistakes; null when it is
// fine. Wrong are: an empty or over-long one, an unknown placeholder, a brace without its other,
// and one without any placeholder. Braces cannot stand for themselves. Thread-safe.
const char* CheckCanonicalTemplate(absl::string_view text);

// A template, split. Immutable. Thread-safe.
class CanonicalTemplate final {
 public:
  struct Piece {
    CanonicalPart part = CanonicalPart::kLiteral;
    std::string literal;
  };

  // INTERNAL for what CheckCanonicalTemplate finds wrong: routes are checked when they are applied.
  static absl::StatusOr<CanonicalTemplate> Parse(absl::string_view text);

  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::vector<Piece> pieces_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CANONICAL_TEMPLATE_H_
