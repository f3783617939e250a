#include "forwarder/outbound/message_proof.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "forwarder/outbound/canonical_hmac.h"
#include "forwarder/outbound/message_headers.h"
#include "forwarder/outbound/value_hash.h"

namespace cardvault {
namespace {

using Kind = MessageDocument::Kind;

enum class NumberForm { kRaw, kShortest };

// Without a fraction's last zeros. What has an exponent stays as it is: no two writers of JSON
// agree on the shortest form of that.
absl::string_view ShortestNumber(absl::string_view literal) {
  if (literal.find('.') == absl::string_view::npos ||
      literal.find_first_of("eE") != absl::string_view::npos) {
    return literal;
  }
  while (absl::EndsWith(literal, "0")) literal.remove_suffix(1);
  if (absl::EndsWith(literal, ".")) literal.remove_suffix(1);
  return literal;
}

absl::string_view TextOf(const MessageDocument::Value& value, NumberForm form) {
  switch (value.kind) {
    case Kind::kTrue:
      return "1";
    case Kind::kFalse:
    case Kind::kNull:
      return "";
    case Kind::kNumber:
      if (form == NumberForm::kShortest) return ShortestNumber(value.text);
      break;
    case Kind::kString:
      break;
  }
  return value.text;
}

bool VerifyListed(const std::vector<std::string>& paths, const MessageDocument& document,
                  NumberForm form, const SecretBytes& secret, absl::string_view signature) {
  ValueHash hash;
  for (const std::string& path : paths) {
    const MessageDocument::Value* const value = document.Find(path);
    if (value != nullptr) hash.Add(TextOf(*value, form));
  }
  const absl::StatusOr<std::string> expected = hash.Sign(secret);
  return expected.ok() && IsSameSignature(*expected, signature);
}

// Tells of each kind of proof whether it is right by one version of the credential.
class Verifier final {
 public:
  Verifier(const IncomingMessage& message, const MessageDocument& document,
           const RouteSecrets& secrets)
      : message_(message), document_(document), secrets_(secrets) {}

  bool operator()(const NoProof&) const { return false; }

  bool operator()(const SortedValuesProof& proof) const {
    return AnySecret(proof.secret_name, [&](const SecretBytes& secret) {
      return document_.VerifySortedValues(proof.signature_field, secret);
    });
  }

  bool operator()(const ListedValuesProof& proof) const {
    const std::optional<absl::string_view> signature = FindHeader(message_.headers, proof.header);
    if (!signature.has_value() ||
        std::any_of(proof.paths.begin(), proof.paths.end(),
                    [&](const std::string& path) { return document_.HasContainer(path); })) {
      return false;
    }
    return AnySecret(proof.secret_name, [&](const SecretBytes& secret) {
      return VerifyListed(proof.paths, document_, NumberForm::kRaw, secret, *signature) ||
             VerifyListed(proof.paths, document_, NumberForm::kShortest, secret, *signature);
    });
  }

  bool operator()(const CanonicalHmacProof& proof) const {
    const std::optional<absl::string_view> signature =
        FindHeader(message_.headers, proof.signature_header);
    const std::optional<absl::string_view> timestamp = HeaderIfNamed(proof.timestamp_header);
    const std::optional<absl::string_view> nonce = HeaderIfNamed(proof.nonce_header);
    if (!signature.has_value() || !timestamp.has_value() || !nonce.has_value()) return false;
    CanonicalHmacSigner signer;
    signer.canonical_template = proof.canonical_template;
    signer.hash = proof.hash;
    signer.output = proof.output;
    signer.secret_encoding = proof.secret_encoding;
    signer.key_id = proof.key_id;
    signer.wallet_uid = proof.wallet_uid;
    CanonicalInput input;
    input.method = message_.method;
    input.path = message_.path;
    input.host = message_.host;
    input.timestamp = *timestamp;
    input.nonce = *nonce;
    input.body = SecretBytesAccess::View(message_.body);
    return AnySecret(proof.secret_name, [&](const SecretBytes& secret) {
      const absl::StatusOr<std::string> expected = SignCanonical(signer, input, secret);
      return expected.ok() && IsSameSignature(*expected, *signature);
    });
  }

 private:
  template <typename Verify>
  bool AnySecret(const std::string& name, Verify verify) const {
    const std::vector<const SecretBytes*> accepted = AcceptedSecrets(secrets_, name);
    return std::any_of(accepted.begin(), accepted.end(),
                       [&](const SecretBytes* secret) { return verify(*secret); });
  }

  std::optional<absl::string_view> HeaderIfNamed(const std::string& name) const {
    return name.empty() ? absl::string_view() : FindHeader(message_.headers, name);
  }

  const IncomingMessage& message_;
  const MessageDocument& document_;
  const RouteSecrets& secrets_;
};

}  // namespace

std::vector<std::string> HeadersOfProof(const MessageProof& proof) {
  std::vector<std::string> names;
  if (const auto* const listed = std::get_if<ListedValuesProof>(&proof)) {
    names = {listed->header};
  } else if (const auto* const canonical = std::get_if<CanonicalHmacProof>(&proof)) {
    names = {canonical->signature_header, canonical->timestamp_header, canonical->nonce_header};
  }
  names.erase(std::remove(names.begin(), names.end(), ""), names.end());
  return names;
}

bool VerifyProof(const MessageProof& proof, const IncomingMessage& message,
                 const MessageDocument& document, const RouteSecrets& secrets) {
  return std::visit(Verifier(message, document, secrets), proof);
}

}  // namespace cardvault
