#include "tests/e2e/log_failure_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "audit/audit_leaf.h"
#include "base/check.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/test_requests.h"

namespace cardvault::testing {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(20);
constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kServing[] = "\x08\x01";  // status: SERVING

void Replace(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  CV_CHECK(at != std::string::npos);
  text.replace(at, from.size(), to);
}

}  // namespace

bool Eventually(absl::FunctionRef<bool()> is_true, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  while (!is_true()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(kPoll);
  }
  return true;
}

void LogFailureTest::Configure(const std::string& more_sinks, const std::string& sink) {
  std::string text = ReadWholeFile(vault_.config_path());
  Replace(text, "    - {file: checkpoints, required: true}\n",
          absl::StrCat("    - {file: ", sink, "}\n", more_sinks));
  absl::StrAppend(&text, "metrics_listener:\n  address: 127.0.0.1:0\n");
  WriteWholeFile(vault_.config_path(), text);
}

void LogFailureTest::StartServer() {
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  const std::string ready = ReadWholeFile(File("ready.json"));
  const std::vector<std::string> parts = absl::StrSplit(ready, "\"metrics_port\":");
  ASSERT_EQ(parts.size(), 2u) << ready;
  ASSERT_TRUE(absl::SimpleAtoi(parts[1].substr(0, parts[1].find('}')), &metrics_port_)) << ready;
}

std::string LogFailureTest::Tokenize() {
  Call call;
  v1::TokenizeResponse response;
  const grpc::Status status = vault_.Ingest()->Tokenize(
      call, TokenizeOf(absl::StrCat("request-", ++requests_), cards_.Pan(), ""), &response);
  if (!status.ok()) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    return call.reason();
  }
  tokens_.push_back(response.token().token());
  return "";
}

std::string LogFailureTest::Delete(const std::string& token) {
  Call call;
  v1::DeleteTokenRequest request;
  request.set_token(token);
  v1::DeleteTokenResponse response;
  if (!vault_.Tokens()->DeleteToken(call, request, &response).ok()) return call.reason();
  tokens_.erase(std::remove(tokens_.begin(), tokens_.end(), token), tokens_.end());
  return "";
}

bool LogFailureTest::IsRefusedAsUsual() {
  Call call;
  v1::GetTokenRequest request;
  request.set_token("tok_absent");
  v1::GetTokenResponse response;
  (void)vault_.Tokens()->GetToken(call, request, &response);
  return call.reason() == "TOKEN_NOT_FOUND";
}

bool LogFailureTest::IsServing() {
  Call call;
  std::string answer;
  const auto channel = vault_.MerchantChannel(MerchantUri(kMerchant, "tokens"));
  return RawCall(*channel, kHealthCheck, call, "", &answer).ok() && answer == kServing;
}

std::string LogFailureTest::Metric(const std::string& name) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(metrics_port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  std::string page;
  if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(connection, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char piece[4096];
    for (ssize_t got = 0; (got = read(connection, piece, sizeof piece)) > 0;) {
      page.append(piece, static_cast<size_t>(got));
    }
  }
  close(connection);
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    if (absl::StartsWith(line, absl::StrCat(name, " "))) {
      return std::string(line.substr(name.size() + 1));
    }
  }
  return "";
}

admin::v1::GetStatusResponse LogFailureTest::Status() {
  Call call;
  admin::v1::GetStatusResponse status;
  EXPECT_TRUE(vault_.System()->GetStatus(call, {}, &status).ok());
  return status;
}

bool LogFailureTest::ShowsFailing() {
  return Metric("cardvault_audit_failing") == "1" && !IsServing();
}

bool LogFailureTest::ShowsServing() {
  return Metric("cardvault_audit_failing") == "0" && IsServing();
}

void LogFailureTest::ExpectNothingLost() {
  for (const std::string& token : tokens_) {
    Call call;
    v1::GetTokenRequest request;
    request.set_token(token);
    v1::GetTokenResponse response;
    EXPECT_TRUE(vault_.Tokens()->GetToken(call, request, &response).ok()) << token;
  }
  const std::string profile = vault_.WriteProfile();
  const auto cardvault = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"cli/cardvault", "--profile", profile});
    return RunToEnd(words, File("output"));
  };
  const std::string notes = File("given-checkpoint");
  const std::string exported = File(absl::StrCat("exported-", ++exports_, ".jsonl"));
  ASSERT_EQ(cardvault({"audit", "checkpoint", "--out", notes}).exit_code, 0);
  const Finished written =
      cardvault({"audit", "export", "--out", exported, "--checkpoint-from", notes});
  ASSERT_EQ(written.exit_code, 0) << written.output;
  const std::string keys = cardvault({"audit", "keys"}).output;
  const size_t begin = keys.find("cardvault/");
  const std::string key = keys.substr(begin, keys.find('\n', begin) - begin);
  for (std::vector<std::string> words :
       {std::vector<std::string>{"cli/cardvault", "audit", "verify"},
        std::vector<std::string>{"/usr/bin/python3", "docs/verify/verify_audit_export.py"}}) {
    words.insert(words.end(), {exported, "--key", key, "--checkpoint", notes});
    const Finished verified = RunToEnd(words, File("output"));
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
  }
}

int LogFailureTest::CountAtEnd(AuditAction action) {
  if (vault_.running()) {
    EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
  }
  int count = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    count += entry.leaf.action == action ? 1 : 0;
  }
  return count;
}

}  // namespace cardvault::testing
