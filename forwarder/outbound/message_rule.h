#ifndef CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_RULE_H_
#define CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_RULE_H_

#include <string>
#include <variant>
#include <vector>

#include "forwarder/outbound/signature_format.h"

namespace cardvault {

// How what an upstream says (an answer or a notification) is believed and let in. Plain data;
// Thread-compatible.

// Nothing but the connection it came on.
struct NoProof {};

// Praxis 1.1: the rule of SortedValuesSigner over whatever members arrived, numbers by their raw
// literal. A message with an object or array inside cannot be verified.
struct SortedValuesProof {
  std::string signature_field = "signature";
  std::string secret_name;
};

// Praxis 1.3: the rule of ListedValuesSigner over the values at `paths`. Numbers count by their raw
// literal or, all of them, in their shortest form (1500.00 is 1500, 1.50 is 1.5): either may match.
// A message with an object or array at one of the paths cannot be verified.
struct ListedValuesProof {
  std::string header;
  std::vector<std::string> paths;  // dotted
  std::string secret_name;
};

// H2H: the rule of CanonicalHmacSigner. {timestamp} and {nonce} are what the headers say, {body} is
// what arrived, byte for byte.
struct CanonicalHmacProof {
  std::string canonical_template;
  SignatureHash hash = SignatureHash::kSha256;
  SignatureEncoding output = SignatureEncoding::kBase64;
  SecretEncoding secret_encoding = SecretEncoding::kUtf8;
  std::string secret_name;
  std::string signature_header;
  std::string timestamp_header;  // "": {timestamp} is empty
  std::string nonce_header;      // "": {nonce} is empty
  std::string key_id;
  std::string wallet_uid;
};

// A header that a proof reads and that is missing, over-long, or there twice with different values
// leaves the message unverified. Names of headers are the same in any case.
using MessageProof =
    std::variant<NoProof, SortedValuesProof, ListedValuesProof, CanonicalHmacProof>;

struct MessageRule {
  MessageProof proof;
  // The members that may come in, as dotted paths ("processing_info.amount_acquired"); all others
  // stay out.
  std::vector<std::string> fields;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_RULE_H_
