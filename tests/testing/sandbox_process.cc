#include "tests/testing/sandbox_process.h"

#include <curl/curl.h>
#include <rapidjson/document.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace cardvault::testing {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(10);
constexpr long kAskSeconds = 20;

size_t Append(char* data, size_t size, size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

int Number(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsInt() ? found->value.GetInt() : 0;
}

constexpr char kCredentials[] =
    "{\"h2h\": {\"wallet_uid\": \"sandbox-wallet\", \"key_id\": \"sandbox-key\", \"api_secret\": "
    "\"SandboxApiSecret\", \"payin_cascade_id\": \"sandbox-payin\", \"payout_cascade_id\": "
    "\"sandbox-payout\"}, \"praxis\": {\"merchant_id\": \"Test-Integration-Merchant\", "
    "\"frontend\": \"Integration TEST USD\", \"merchant_secret\": \"MerchantSecretKey\"}, "
    "\"praxis13\": "
    "{\"merchant_id\": \"Test-Integration-Merchant\", \"application_key\": \"Sandbox\", "
    "\"merchant_secret\": \"MerchantSecretKey\", \"gateway\": \"gw-hash\"}}";

}  // namespace

SandboxProcess::SandboxProcess(const TestPki& pki, int slow_millis, int late_millis) {
  const PemPair server = pki.Server();
  WriteWholeFile(directory_.File("cert.pem"), server.certificate);
  WriteWholeFile(directory_.File("key.pem"), server.private_key);
  WriteWholeFile(directory_.File("ca.pem"), pki.ca_pem());
  WriteWholeFile(directory_.File("credentials.json"), kCredentials);
  const std::string ready = directory_.File("ready.json");
  process_.emplace(
      std::vector<std::string>{"sandbox/gateways", "--cert", directory_.File("cert.pem"), "--key",
                               directory_.File("key.pem"), "--credentials",
                               directory_.File("credentials.json"), "--slow-ms",
                               absl::StrCat(slow_millis), "--late-ms", absl::StrCat(late_millis),
                               "--ready-file", ready},
      directory_.File("gateways.log"));
  std::string text;
  while ((text = ReadWholeFile(ready)).empty()) {
    if (!process_->running()) fputs(process_->Output().c_str(), stderr);
    CV_CHECK(process_->running());
    std::this_thread::sleep_for(kPoll);
  }
  rapidjson::Document ports;
  ports.Parse(text.c_str());
  CV_CHECK(!ports.HasParseError());
  h2h_port_ = Number(ports, "h2h_port");
  praxis_port_ = Number(ports, "praxis_port");
  praxis13_port_ = Number(ports, "praxis13_port");
}

std::string SandboxProcess::Get(int port, const std::string& path) const {
  return Call(port, path, nullptr);
}

std::string SandboxProcess::Post(int port, const std::string& path, const std::string& json) const {
  return Call(port, path, &json);
}

std::string SandboxProcess::Call(int port, const std::string& path, const std::string* json) const {
  CURL* curl = curl_easy_init();
  const std::string url = absl::StrCat("https://localhost:", port, path);
  std::string body;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CAINFO, directory_.File("ca.pem").c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kAskSeconds);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_slist* headers = nullptr;
  if (json != nullptr) {
    headers = curl_slist_append(nullptr, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json->c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_cleanup(curl);
  curl_slist_free_all(headers);
  CV_CHECK(code == CURLE_OK);
  return body;
}

GatewayStats SandboxProcess::Total(int port) const {
  GatewayStats stats;
  stats.text = Get(port, "/sandbox/stats");
  rapidjson::Document document;
  document.Parse(stats.text.c_str());
  CV_CHECK(document.IsObject());
  stats.posts = Number(document, "posts");
  stats.booked = Number(document, "booked");
  stats.double_posts = Number(document, "double_posts");
  stats.refused = Number(document, "refused");
  return stats;
}

GatewayStats SandboxProcess::Order(int port, const std::string& order) const {
  GatewayStats stats;
  stats.text = Get(port, "/sandbox/stats");
  rapidjson::Document document;
  document.Parse(stats.text.c_str());
  CV_CHECK(document.IsObject() && document["orders"].IsObject());
  const auto found = document["orders"].FindMember(order.c_str());
  if (found == document["orders"].MemberEnd()) return stats;
  stats.posts = Number(found->value, "posts");
  stats.booked = Number(found->value, "booked");
  return stats;
}

std::string SandboxProcess::H2hRoute(const std::string& name, const std::string& owners,
                                     const std::string& ca_file, const std::string& more) const {
  return absl::StrCat("name: ", name, "\nconnector: h2h\nbase_url: https://localhost:", h2h_port_,
                      "\nca_file: ", ca_file, "\nallow_private_addresses: true\nowners: [", owners,
                      "]\ncvv: required\ncurrencies: {USD: 2, EUR: 2, JPY: 0}\n", more,
                      "h2h:\n  wallet_uid: sandbox-wallet\n  key_id: sandbox-key\n"
                      "  cascade_id: {payin: sandbox-payin, payout: sandbox-payout}\n"
                      "  signing:\n    canonical: "
                      "\"{method}\\n{path}\\n{timestamp}\\n{nonce}\\n{body_sha256_hex}\"\n");
}

std::string SandboxProcess::PraxisRoute(const std::string& name, const std::string& owners,
                                        const std::string& ca_file, const std::string& more) const {
  return absl::StrCat("name: ", name,
                      "\nconnector: praxis\nbase_url: https://localhost:", praxis_port_,
                      "\nca_file: ", ca_file, "\nallow_private_addresses: true\nowners: [", owners,
                      "]\ncvv: required\ncurrencies: {USD: 2, EUR: 2, JPY: 0}\n", more,
                      "praxis:\n  merchant_id: Test-Integration-Merchant\n"
                      "  frontend: Integration TEST USD\n");
}

void SandboxProcess::Stop() {
  process_->Signal(SIGTERM);
  process_->Wait();
}

}  // namespace cardvault::testing
