#include "forwarder/outbound/signed_request.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "forwarder/outbound/canonical_hmac.h"
#include "forwarder/outbound/request_renderer.h"
#include "forwarder/outbound/sorted_values.h"

namespace cardvault {
namespace {

constexpr size_t kNonceSize = 16;  // 32 characters of hex
constexpr absl::string_view kContentType = "Content-Type";

bool IsSafeInHeader(absl::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// Adds the values of a flat body as the sorted-values rule takes them. `texts` keeps what is
// rendered for it; slots are viewed where they are.
absl::Status AddValues(const PlanObject& body, const SlotValues& values,
                       std::deque<std::string>& texts, SortedValues& sorted) {
  for (const PlanField& field : body) {
    if (const auto* const text = std::get_if<std::string>(&field.value)) {
      sorted.Add(field.name, *text);
    } else if (const auto* const number = std::get_if<int64_t>(&field.value)) {
      sorted.Add(field.name, texts.emplace_back(absl::StrCat(*number)));
    } else if (const auto* const flag = std::get_if<bool>(&field.value)) {
      sorted.Add(field.name, *flag ? "1" : "");
    } else if (const auto* const slot = std::get_if<PlanSlot>(&field.value)) {
      ASSIGN_OR_RETURN(const absl::string_view value, values.TextOf(*slot));
      sorted.Add(field.name, value);
    } else {
      return Internal(ErrorReason::kInternal, "nested values have no sorted-values signature");
    }
  }
  return absl::OkStatus();
}

absl::Status SignSorted(const SortedValuesSigner& signer, const RequestPlan& plan,
                        const RouteSecrets& secrets, const SlotValues& values,
                        HttpsMessage& request) {
  ASSIGN_OR_RETURN(const SecretBytes* const secret, SigningSecret(secrets, signer.secret_name));
  std::deque<std::string> texts;
  SortedValues sorted;
  RETURN_IF_ERROR(AddValues(plan.body, values, texts, sorted));
  ASSIGN_OR_RETURN(std::string signature, sorted.Sign(*secret));
  const LastMember last{signer.signature_field, std::move(signature)};
  ASSIGN_OR_RETURN(request.body, RenderBody(plan.body, values, &last));
  return absl::OkStatus();
}

absl::Status SignCanonically(const CanonicalHmacSigner& signer, const RequestPlan& plan,
                             const UpstreamUrl& url, const RouteSecrets& secrets,
                             const SlotValues& values, absl::Time now, HttpsMessage& request) {
  ASSIGN_OR_RETURN(const SecretBytes* const secret, SigningSecret(secrets, signer.secret_name));
  ASSIGN_OR_RETURN(request.body, RenderBody(plan.body, values, nullptr));
  const std::string timestamp = absl::StrCat(absl::ToUnixMillis(now));
  const std::string nonce = absl::BytesToHexString(RandomBytes(kNonceSize));
  CanonicalInput input;
  input.method = "POST";
  input.path = url.path;
  input.host = url.host;
  input.timestamp = timestamp;
  input.nonce = nonce;
  input.body = SecretBytesAccess::View(request.body);
  ASSIGN_OR_RETURN(std::string signature, SignCanonical(signer, input, *secret));
  request.headers.emplace_back(signer.wallet_header, signer.wallet_uid);
  request.headers.emplace_back(signer.key_id_header, signer.key_id);
  request.headers.emplace_back(signer.timestamp_header, timestamp);
  request.headers.emplace_back(signer.nonce_header, nonce);
  request.headers.emplace_back(signer.signature_header, std::move(signature));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HttpsMessage> BuildSignedRequest(const RequestPlan& plan, const UpstreamUrl& url,
                                                const RouteSecrets& secrets,
                                                const SlotValues& values, absl::Time now) {
  HttpsMessage request;
  request.headers = plan.headers;
  if (std::none_of(plan.headers.begin(), plan.headers.end(), [](const auto& header) {
        return absl::EqualsIgnoreCase(header.first, kContentType);
      })) {
    request.headers.emplace_back(kContentType, "application/json");
  }
  if (const auto* const sorted = std::get_if<SortedValuesSigner>(&plan.signer)) {
    RETURN_IF_ERROR(SignSorted(*sorted, plan, secrets, values, request));
  } else {
    RETURN_IF_ERROR(SignCanonically(std::get<CanonicalHmacSigner>(plan.signer), plan, url, secrets,
                                    values, now, request));
  }
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || !IsSafeInHeader(name) || !IsSafeInHeader(value)) {
      return Internal(ErrorReason::kInternal, "a header of the request is malformed");
    }
  }
  return request;
}

}  // namespace cardvault
