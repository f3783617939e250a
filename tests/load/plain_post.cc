#include "tests/load/plain_post.h"

#include <cstddef>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "sandbox/h2h_signature.h"

namespace cardvault::testing {
namespace {

constexpr char kTimestamp[] = "X-MP-Timestamp";
constexpr char kNonce[] = "X-MP-Nonce";
constexpr char kSignature[] = "X-MP-Signature";
constexpr char kMaskedCvv[] = "\"***\"";

// Replaces the one place where `from` stands.
std::string ReplaceOne(const std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  CV_CHECK(at != std::string::npos && text.find(from, at + 1) == std::string::npos);
  return absl::StrCat(text.substr(0, at), to, text.substr(at + from.size()));
}

}  // namespace

PlainPostMaker::PlainPostMaker(const v1::DryRunResponse& shown, const std::string& payment_id,
                               const ShownCard& card, std::string api_secret)
    : api_secret_(std::move(api_secret)), url_(shown.url()) {
  const size_t host = url_.find("://");
  CV_CHECK(host != std::string::npos);
  path_ = url_.substr(url_.find('/', host + 3));
  std::set<std::string> fresh = {kTimestamp, kNonce, kSignature};
  for (const v1::HttpHeader& header : shown.headers()) {
    if (fresh.erase(header.name()) == 0) headers_.emplace_back(header.name(), header.value());
  }
  CV_CHECK(fresh.empty());
  const std::string body = ReplaceOne(ReplaceOne(shown.body(), card.masked, card.number),
                                      kMaskedCvv, absl::StrCat("\"", card.cvv, "\""));
  const size_t id = body.find(payment_id);
  CV_CHECK(id != std::string::npos && body.find(payment_id, id + 1) == std::string::npos);
  before_id_ = body.substr(0, id);
  behind_id_ = body.substr(id + payment_id.size());
}

PlainPost PlainPostMaker::Make(const std::string& payment_id) const {
  PlainPost post;
  post.url = url_;
  post.body = absl::StrCat(before_id_, payment_id, behind_id_);
  const std::string timestamp = absl::StrCat(absl::ToUnixMillis(absl::Now()));
  const std::string nonce = absl::StrCat("plain-", payment_id);
  const std::string signature =
      sandbox::SignH2hRequest({"POST", path_, timestamp, nonce, post.body}, api_secret_);
  for (const auto& [name, value] : headers_)
    post.headers.push_back(absl::StrCat(name, ": ", value));
  post.headers.push_back(absl::StrCat(kTimestamp, ": ", timestamp));
  post.headers.push_back(absl::StrCat(kNonce, ": ", nonce));
  post.headers.push_back(absl::StrCat(kSignature, ": ", signature));
  return post;
}

}  // namespace cardvault::testing
