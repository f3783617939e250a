#ifndef CARDVAULT_FORWARDER_OUTBOUND_REQUEST_PLAN_H_
#define CARDVAULT_FORWARDER_OUTBOUND_REQUEST_PLAN_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "forwarder/outbound/message_rule.h"      // IWYU pragma: export
#include "forwarder/outbound/signature_format.h"  // IWYU pragma: export

namespace cardvault {

// What a connector wants to send, without any card data: places for it are named by slots, which
// the renderer fills last, in secret memory. Plain data; Thread-compatible.

// A place that is filled when the request is rendered.
enum class PlanSlot {
  kPan,                // string of digits
  kCvv,                // string of digits
  kExpiryMonth,        // integer 1-12
  kExpiryYear,         // integer, four digits
  kExpiryMmSlashYyyy,  // string "12/2030"
  kCardholderName,     // string
  kTimestampSeconds,   // integer, Unix seconds, at the time of signing
};

// A slot whose text is encrypted with a credential of the route before it is written, by the scheme
// of vendor_card_cipher.h, under the timestamp of kTimestampSeconds; a string on the wire.
struct EncryptedSlot {
  PlanSlot slot;
  std::string secret_name;
};

struct PlanField;
using PlanObject = std::vector<PlanField>;

// One member of a JSON object, in the order of sending.
struct PlanField {
  std::string name;
  std::variant<std::string, int64_t, bool, PlanSlot, EncryptedSlot, PlanObject> value;
};

// H2H: an HMAC over a string made by a template, put into a header. Placeholders: {method} {path}
// {host} {timestamp} {nonce} {key_id} {wallet_uid} {body} {body_sha256_hex} {body_sha256_base64}.
struct CanonicalHmacSigner {
  std::string canonical_template;
  SignatureHash hash = SignatureHash::kSha256;
  SignatureEncoding output = SignatureEncoding::kBase64;
  SecretEncoding secret_encoding = SecretEncoding::kUtf8;
  std::string secret_name = "api_secret";  // which credential of the route
  std::string key_id;
  std::string wallet_uid;
  // Header names: signature, timestamp (milliseconds), nonce, key id, wallet.
  std::string signature_header = "X-MP-Signature";
  std::string timestamp_header = "X-MP-Timestamp";
  std::string nonce_header = "X-MP-Nonce";
  std::string key_id_header = "X-MP-Key-Id";
  std::string wallet_header = "X-Wallet-UID";
};

// Praxis 1.1: all values sorted by key, joined, the secret appended, plain SHA-384 in lower-case
// hex, put into a field of the body.
struct SortedValuesSigner {
  std::string signature_field = "signature";
  std::string secret_name = "merchant_secret";
};

// Praxis 1.3: the values at `paths` of the body in this order (what is not there is left out),
// joined, the secret appended, plain SHA-384 in lower-case hex, put into every one of `headers`.
// An encrypted slot counts as it goes on the wire.
struct ListedValuesSigner {
  std::vector<std::string> headers;
  std::vector<std::string> paths;  // dotted
  std::string secret_name;
};

// For acknowledgements alone: no request goes out unsigned.
struct NoSigner {};

using Signer = std::variant<CanonicalHmacSigner, SortedValuesSigner, ListedValuesSigner, NoSigner>;

struct RequestPlan {
  std::string path;  // of the POST, below the route's base URL
  std::vector<std::pair<std::string, std::string>> headers;  // beside Content-Type and the signer's
  PlanObject body;
  Signer signer;
  MessageRule answer;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_REQUEST_PLAN_H_
