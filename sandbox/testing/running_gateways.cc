#include "sandbox/testing/running_gateways.h"

#include <csignal>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sandbox/testing/sample_requests.h"
#include "sandbox/testing/throwaway_certificate.h"

namespace cardvault::sandbox {
namespace {

std::unique_ptr<TlsServer> NewServer() {
  static const std::string* const directory = [] {
    const char* root = std::getenv("TEST_TMPDIR");
    auto* made = new std::string(absl::StrCat(root == nullptr ? "/tmp" : root, "/gateways-XXXXXX"));
    if (mkdtemp(made->data()) == nullptr) std::abort();
    WriteThrowawayCertificate(*made + "/cert.pem", *made + "/key.pem");
    return made;
  }();
  auto server = TlsServer::Create({0, *directory + "/cert.pem", *directory + "/key.pem"});
  if (!server.ok()) std::abort();
  return *std::move(server);
}

}  // namespace

RunningGateways::RunningGateways(const Delays& delays)
    : h2h_(
          SampleCredentials().h2h, [this] { return now_ms_.load(); }, delays),
      praxis_(
          SampleCredentials().praxis, [this] { return now_ms_.load(); }, delays),
      praxis13_(
          *SampleCredentials().praxis13, [this] { return now_ms_.load(); }, delays),
      h2h_server_(NewServer()),
      praxis_server_(NewServer()),
      praxis13_server_(NewServer()) {
  std::signal(SIGPIPE, SIG_IGN);
  h2h_.Serve(*h2h_server_);
  praxis_.Serve(*praxis_server_);
  praxis13_.Serve(*praxis13_server_);
  h2h_server_->Start();
  praxis_server_->Start();
  praxis13_server_->Start();
}

RunningGateways::~RunningGateways() {
  h2h_.Stop();
  praxis_.Stop();
  praxis13_.Stop();
  h2h_server_->Stop();
  praxis_server_->Stop();
  praxis13_server_->Stop();
}

std::string RunningGateways::NewNonce() { return absl::StrCat("nonce-", ++nonce_count_); }

std::string RunningGateways::Sale(absl::string_view order_id, int64_t amount,
                                  absl::string_view cvv) const {
  return HttpPost("/api/process", "", SignedText(SampleSale(order_id, amount, cvv, now_seconds())));
}

std::string RunningGateways::FindOrder(absl::string_view order_id) const {
  return HttpPost("/api/find-order", "", SignedText(SampleFindOrder(order_id, now_seconds())));
}

std::string RunningGateways::PayIn(absl::string_view payment_id, int64_t amount,
                                   absl::string_view cvv) {
  return H2hPost("/api/payment/payin/card", SamplePayIn(payment_id, amount, cvv), now_ms(),
                 NewNonce());
}

std::string RunningGateways::Status(absl::string_view payment_id) {
  JsonValue body = JsonValue::Object();
  body.Set("merchant_payment_id", JsonValue::String(payment_id));
  return H2hPost("/api/payment/status", body, now_ms(), NewNonce());
}

JsonValue RunningGateways::Stats(int port) {
  RawClient client(port);
  return JsonOf(client.Exchange(HttpGet("/sandbox/stats")));
}

JsonValue JsonOf(const RawAnswer& answer) {
  absl::StatusOr<JsonValue> parsed = JsonValue::Parse(answer.body);
  return parsed.ok() ? *std::move(parsed) : JsonValue::Null();
}

int64_t NumberAt(const JsonValue& object, absl::string_view name) {
  const JsonValue* member = object.Find(name);
  int64_t value = -1;
  if (member == nullptr || !member->is_number() || !absl::SimpleAtoi(member->text(), &value)) {
    return -1;
  }
  return value;
}

int64_t NumberAt(const JsonValue& object, absl::string_view outer, absl::string_view name) {
  const JsonValue* member = object.Find(outer);
  return member == nullptr ? -1 : NumberAt(*member, name);
}

}  // namespace cardvault::sandbox
