#include "forwarder/h2h/h2h_settings.h"

#include <algorithm>
#include <initializer_list>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "forwarder/outbound/canonical_template.h"
#include "forwarder/route_rules.h"

namespace cardvault {
namespace {

// The document names no limits; these keep a header or a field from growing without end.
constexpr size_t kMaxHeaderValueSize = 200;
constexpr size_t kMaxCascadeIdSize = 100;
constexpr size_t kMaxPathSize = 200;
constexpr size_t kMaxNameSize = 50;

const char* CheckTemplate(absl::string_view text) {
  if (absl::StrContains(text, "\\")) {
    return "a backslash stands here for itself: write line feeds as \\n between double quotes";
  }
  return CheckCanonicalTemplate(text);
}

bool HasPlaceholder(absl::string_view text, std::initializer_list<CanonicalPart> parts) {
  const absl::StatusOr<CanonicalTemplate> canonical = CanonicalTemplate::Parse(text);
  if (!canonical.ok()) return false;
  return std::any_of(canonical->pieces().begin(), canonical->pieces().end(),
                     [parts](const CanonicalTemplate::Piece& piece) {
                       return std::find(parts.begin(), parts.end(), piece.part) != parts.end();
                     });
}

// A signature that leaves the body out proves every body to whoever saw its headers once.
const char* CheckNotificationTemplate(absl::string_view text) {
  const char* const problem = CheckTemplate(text);
  if (problem != nullptr) return problem;
  if (HasPlaceholder(text, {CanonicalPart::kBody, CanonicalPart::kBodySha256Hex,
                            CanonicalPart::kBodySha256Base64})) {
    return nullptr;
  }
  return "without {body}, {body_sha256_hex} or {body_sha256_base64} one signature proves every "
         "body";
}

SignatureHash ReadHash(RouteSection& signing) {
  static constexpr SignatureHash kHashes[] = {SignatureHash::kSha256, SignatureHash::kSha512};
  return kHashes[signing.Word("hash", 0, {"sha256", "sha512"})];
}

SignatureEncoding ReadOutput(RouteSection& signing) {
  static constexpr SignatureEncoding kOutputs[] = {
      SignatureEncoding::kBase64, SignatureEncoding::kBase64Url, SignatureEncoding::kHex};
  return kOutputs[signing.Word("output", 0, {"base64", "base64url", "hex"})];
}

SecretEncoding ReadSecretEncoding(RouteSection& signing) {
  static constexpr SecretEncoding kEncodings[] = {SecretEncoding::kUtf8, SecretEncoding::kHex,
                                                  SecretEncoding::kBase64};
  return kEncodings[signing.Word("secret_encoding", 0, {"utf8", "hex", "base64"})];
}

// What signatures of requests and of notifications have in common.
template <typename Signature>
void ReadSignature(RouteSection& section, RouteSection::TextRule template_rule,
                   const std::string& secret_name, Signature& signature) {
  signature.canonical_template =
      section.RequiredLines("canonical", kMaxCanonicalTemplateSize, template_rule);
  signature.hash = ReadHash(section);
  signature.output = ReadOutput(section);
  signature.secret_encoding = ReadSecretEncoding(section);
  signature.secret_name = section.Text("secret_name", secret_name, kMaxNameSize, CheckName);
}

void ReadSigning(RouteSection signing, CanonicalHmacSigner& signer) {
  ReadSignature(signing, CheckTemplate, "api_secret", signer);
  signing.RefuseUnknownKeys();
}

MessageProof ReadNotificationProof(RouteSection section, const CanonicalHmacSigner& signer) {
  CanonicalHmacProof proof;
  ReadSignature(section, CheckNotificationTemplate, signer.secret_name, proof);
  proof.signature_header =
      section.RequiredText("signature_header", kMaxHeaderValueSize, CheckHeaderValue);
  proof.timestamp_header =
      section.Text("timestamp_header", "", kMaxHeaderValueSize, CheckHeaderValue);
  if (!proof.timestamp_header.empty() && !proof.canonical_template.empty() &&
      !HasPlaceholder(proof.canonical_template, {CanonicalPart::kTimestamp})) {
    section.AddMistake("timestamp_header",
                       "without {timestamp} in canonical this time is nobody's word");
  }
  proof.nonce_header = section.Text("nonce_header", "", kMaxHeaderValueSize, CheckHeaderValue);
  proof.key_id = signer.key_id;
  proof.wallet_uid = signer.wallet_uid;
  section.RefuseUnknownKeys();
  return proof;
}

}  // namespace

std::shared_ptr<const H2hSettings> H2hSettings::Parse(RouteSection& section) {
  auto settings = std::make_shared<H2hSettings>();
  settings->signer.wallet_uid =
      section.RequiredText("wallet_uid", kMaxHeaderValueSize, CheckHeaderValue);
  settings->signer.key_id = section.RequiredText("key_id", kMaxHeaderValueSize, CheckHeaderValue);
  RouteSection cascades = section.Section("cascade_id", RouteSection::kRequired);
  settings->payin_cascade_id = cascades.RequiredText("payin", kMaxCascadeIdSize);
  settings->payout_cascade_id = cascades.Text("payout", "", kMaxCascadeIdSize);
  cascades.RefuseUnknownKeys();
  RouteSection paths = section.Section("paths", RouteSection::kOptional);
  settings->payin_path = paths.Text("payin", "/api/payment/payin/card", kMaxPathSize, CheckPath);
  settings->payout_path = paths.Text("payout", "/api/payment/payout/card", kMaxPathSize, CheckPath);
  settings->status_path = paths.Text("status", "/api/payment/status", kMaxPathSize, CheckPath);
  paths.RefuseUnknownKeys();
  settings->not_found_code = section.Text("not_found_code", "", kMaxNameSize);
  ReadSigning(section.Section("signing", RouteSection::kRequired), settings->signer);
  if (section.Has("notification")) {
    settings->notification_proof = ReadNotificationProof(
        section.Section("notification", RouteSection::kOptional), settings->signer);
  }
  return settings;
}

}  // namespace cardvault
