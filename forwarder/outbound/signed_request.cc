#include "forwarder/outbound/signed_request.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
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
#include "forwarder/outbound/value_hash.h"

namespace cardvault {
namespace {

constexpr size_t kNonceSize = 16;  // 32 characters of hex
constexpr absl::string_view kContentType = "Content-Type";

bool IsSafeInHeader(absl::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// The field at a dotted path; null when there is none.
const PlanField* FindField(const PlanObject& body, absl::string_view path) {
  const size_t dot = path.find('.');
  const auto found = std::find_if(body.begin(), body.end(), [&](const PlanField& field) {
    return path.substr(0, dot) == field.name;
  });
  if (found == body.end()) return nullptr;
  if (dot == absl::string_view::npos) return &*found;
  const auto* const inside = std::get_if<PlanObject>(&found->value);
  return inside == nullptr ? nullptr : FindField(*inside, path.substr(dot + 1));
}

// Signs the values of one plan, each way of a signer's.
class PlanSigner final {
 public:
  PlanSigner(const RequestPlan& plan, const UpstreamUrl& url, const RouteSecrets& secrets,
             const SlotValues& values, absl::Time now, SignedRequest& request)
      : plan_(plan), url_(url), secrets_(secrets), values_(values), now_(now), request_(request) {}

  absl::Status operator()(const CanonicalHmacSigner& signer) {
    ASSIGN_OR_RETURN(const SecretBytes* const secret, SigningSecret(secrets_, signer.secret_name));
    RETURN_IF_ERROR(Render(nullptr));
    const std::string timestamp = absl::StrCat(absl::ToUnixMillis(now_));
    const std::string nonce = absl::BytesToHexString(RandomBytes(kNonceSize));
    CanonicalInput input;
    input.method = "POST";
    input.path = url_.path;
    input.host = url_.host;
    input.timestamp = timestamp;
    input.nonce = nonce;
    input.body = SecretBytesAccess::View(request_.message.body);
    ASSIGN_OR_RETURN(request_.signature, SignCanonical(signer, input, *secret));
    AddHeader(signer.wallet_header, signer.wallet_uid);
    AddHeader(signer.key_id_header, signer.key_id);
    AddHeader(signer.timestamp_header, timestamp);
    AddHeader(signer.nonce_header, nonce);
    AddHeader(signer.signature_header, request_.signature);
    return absl::OkStatus();
  }

  absl::Status operator()(const SortedValuesSigner& signer) {
    ASSIGN_OR_RETURN(const SecretBytes* const secret, SigningSecret(secrets_, signer.secret_name));
    SortedValues sorted;
    for (const PlanField& field : plan_.body) {
      ASSIGN_OR_RETURN(const absl::string_view text, TextOf(field));
      sorted.Add(field.name, text);
    }
    ASSIGN_OR_RETURN(request_.signature, sorted.Sign(*secret));
    const LastMember last{signer.signature_field, request_.signature};
    return Render(&last);
  }

  absl::Status operator()(const ListedValuesSigner& signer) {
    ASSIGN_OR_RETURN(const SecretBytes* const secret, SigningSecret(secrets_, signer.secret_name));
    ValueHash hash;
    for (const std::string& path : signer.paths) {
      const PlanField* const field = FindField(plan_.body, path);
      if (field == nullptr) continue;
      ASSIGN_OR_RETURN(const absl::string_view text, TextOf(*field));
      hash.Add(text);
    }
    ASSIGN_OR_RETURN(request_.signature, hash.Sign(*secret));
    if (signer.headers.empty()) {
      return Internal(ErrorReason::kInternal, "the signature of a request has no header");
    }
    for (const std::string& header : signer.headers) AddHeader(header, request_.signature);
    return Render(nullptr);
  }

  absl::Status operator()(const NoSigner&) {
    return Internal(ErrorReason::kInternal, "a request must be signed");
  }

 private:
  // As both rules of Praxis take a value. Slots are viewed where they are; `texts_` keeps what is
  // rendered for it.
  absl::StatusOr<absl::string_view> TextOf(const PlanField& field) {
    if (const auto* const text = std::get_if<std::string>(&field.value)) {
      return absl::string_view(*text);
    }
    if (const auto* const number = std::get_if<int64_t>(&field.value)) {
      return absl::string_view(texts_.emplace_back(absl::StrCat(*number)));
    }
    if (const auto* const flag = std::get_if<bool>(&field.value)) {
      return absl::string_view(*flag ? "1" : "");
    }
    if (const auto* const slot = std::get_if<PlanSlot>(&field.value)) return values_.TextOf(*slot);
    if (const auto* const encrypted = std::get_if<EncryptedSlot>(&field.value)) {
      return values_.TextOf(*encrypted);
    }
    return Internal(ErrorReason::kInternal, "an object has no value to sign");
  }

  absl::Status Render(const LastMember* last) {
    ASSIGN_OR_RETURN(request_.message.body, RenderBody(plan_.body, values_, last));
    return absl::OkStatus();
  }

  void AddHeader(const std::string& name, const std::string& value) {
    request_.message.headers.emplace_back(name, value);
  }

  const RequestPlan& plan_;
  const UpstreamUrl& url_;
  const RouteSecrets& secrets_;
  const SlotValues& values_;
  const absl::Time now_;
  SignedRequest& request_;
  std::deque<std::string> texts_;
};

}  // namespace

absl::StatusOr<SignedRequest> BuildSignedRequest(const RequestPlan& plan, const UpstreamUrl& url,
                                                 const RouteSecrets& secrets,
                                                 const SlotValues& values, absl::Time now) {
  SignedRequest request;
  MessageHeaders& headers = request.message.headers;
  headers = plan.headers;
  if (std::none_of(plan.headers.begin(), plan.headers.end(), [](const auto& header) {
        return absl::EqualsIgnoreCase(header.first, kContentType);
      })) {
    headers.emplace_back(kContentType, "application/json");
  }
  PlanSigner signer(plan, url, secrets, values, now, request);
  RETURN_IF_ERROR(std::visit(signer, plan.signer));
  for (const auto& [name, value] : headers) {
    if (name.empty() || !IsSafeInHeader(name) || !IsSafeInHeader(value)) {
      return Internal(ErrorReason::kInternal, "a header of the request is malformed");
    }
  }
  return request;
}

}  // namespace cardvault
