#include "sandbox/h2h_signature.h"

#include "absl/strings/str_cat.h"
#include "sandbox/digest.h"

namespace cardvault::sandbox {

std::string SignH2hRequest(const H2hSignedRequest& request, absl::string_view api_secret) {
  return HmacSha256Base64(
      api_secret, absl::StrCat(request.method, "\n", request.path, "\n", request.timestamp_ms, "\n",
                               request.nonce, "\n", Sha256Hex(request.body)));
}

bool VerifyH2hRequest(const H2hSignedRequest& request, absl::string_view api_secret,
                      absl::string_view signature) {
  return EqualInConstantTime(signature, SignH2hRequest(request, api_secret));
}

}  // namespace cardvault::sandbox
