// The command line against a real server: what it prints, what it refuses, and its exit codes.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "card/test_pans.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

class CliTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    vault_ = new VaultProcess;
    ASSERT_TRUE(vault_->Start()) << vault_->output();
    profile_ = vault_->WriteProfile();
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(vault_->Stop(), 0) << vault_->output();
    delete vault_;
  }

  static Finished Run(std::vector<std::string> words,
                      const std::map<int, std::string>& descriptors = {}) {
    return RunWith(profile_, std::move(words), descriptors);
  }

  static Finished RunWith(const std::string& profile, std::vector<std::string> words,
                          const std::map<int, std::string>& descriptors = {}) {
    words.insert(words.begin(), {"cli/cardvault", "--profile", profile});
    return RunToEnd(words, vault_->directory().File("cli.log"), descriptors);
  }

  static std::string Token(const std::string& output) {
    const size_t at = output.find("tok_test_");
    return at == std::string::npos ? "" : output.substr(at, 43);
  }

  static VaultProcess* vault_;
  static std::string profile_;
};

VaultProcess* CliTest::vault_ = nullptr;
std::string CliTest::profile_;

TEST_F(CliTest, TokenizeShowUpdateAndDeleteACard) {
  const Finished made = Run({"card", "tokenize", "--request-id", "cli-1", "--expiry", "12/2035",
                             "--name", "Jane Doe", "--number-fd", "7", "--cvv-fd", "8"},
                            {{7, std::string(kVisaTestPan) + "\n"}, {8, "568\n"}});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  EXPECT_EQ(made.output.rfind("CREATED\n", 0), 0u) << made.output;
  EXPECT_NE(made.output.find("411111******1111"), std::string::npos) << made.output;
  EXPECT_EQ(made.output.find(std::string(kVisaTestPan)), std::string::npos);
  EXPECT_NE(made.output.find("HELD until"), std::string::npos) << made.output;
  const std::string token = Token(made.output);

  const Finished shown = Run({"--json", "card", "show", token});
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  EXPECT_NE(shown.output.find("\"last_four\":\"1111\""), std::string::npos) << shown.output;
  const size_t revision = shown.output.find("\"revision\":\"") + 12;
  const Finished updated =
      Run({"card", "update", token, "--revision",
           shown.output.substr(revision, shown.output.find('"', revision) - revision), "--label",
           "tier=gold"});
  EXPECT_EQ(updated.exit_code, 0) << updated.output;
  EXPECT_NE(updated.output.find("tier=gold"), std::string::npos) << updated.output;
  EXPECT_EQ(Run({"card", "disable", token}).exit_code, 0);
  EXPECT_EQ(Run({"card", "enable", token}).exit_code, 0);
  const Finished listed = Run({"card", "list"});
  EXPECT_NE(listed.output.find(token), std::string::npos) << listed.output;
  EXPECT_EQ(Run({"card", "delete", token}).output, "deleted\n");
  const Finished gone = Run({"card", "show", token});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_NE(gone.output.find("(TOKEN_NOT_FOUND)"), std::string::npos) << gone.output;
}

TEST_F(CliTest, RefusalNamesFieldAndReasonButNoValue) {
  const std::string wrong = "4111111111111112";  // fails Luhn
  const Finished refused =
      Run({"card", "tokenize", "--request-id", "cli-2", "--expiry", "12/2035", "--number-fd", "7"},
          {{7, wrong + "\n"}});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.output.find("refused: card.number: "), std::string::npos) << refused.output;
  EXPECT_NE(refused.output.find("(PAN_INVALID)"), std::string::npos) << refused.output;
  EXPECT_EQ(refused.output.find(wrong), std::string::npos);
}

TEST_F(CliTest, MisuseIsExitCodeTwo) {
  EXPECT_EQ(Run({"card"}).exit_code, 2);
  EXPECT_EQ(Run({"card", "tokenize"}).exit_code, 2);
  EXPECT_EQ(Run({"card", "tokenize", "--request-id", "x", "--expiry", "soon"}).exit_code, 2);
  EXPECT_EQ(Run({"frobnicate"}).exit_code, 2);
  EXPECT_EQ(RunWith("/nowhere.yaml", {"status"}).exit_code, 2);
  // No option takes a card number.
  EXPECT_EQ(Run({"card", "tokenize", "--request-id", "x", "--expiry", "12/2035", "--number",
                 std::string(kVisaTestPan)})
                .exit_code,
            2);
  EXPECT_EQ(Run({"--help"}).exit_code, 0);
}

std::vector<std::string> TokenizeWords(const std::vector<std::string>& more) {
  std::vector<std::string> words = {"card", "tokenize", "--request-id", "x", "--expiry", "12/2035"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::vector<std::string> PayWords(const std::string& token, const std::string& id,
                                  const std::string& amount, const std::string& route = "nobody") {
  std::istringstream line(
      "pay in --token " + token + " --route " + route + " --payment-id " + id +
      " --currency EUR --customer c-1 --first-name Jane --last-name Doe --email jane@shop.example "
      "--ip 198.51.100.24 --address Street --city Berlin --country DE --description Order "
      "--notification-url https://shop.example/n --return-url https://shop.example/r "
      "--decline-url https://shop.example/d --amount");
  std::vector<std::string> words{std::istream_iterator<std::string>(line), {}};
  words.push_back(amount);
  return words;
}

// A refused amount must not become another one: 2^63-1, or octal.
TEST_F(CliTest, NumbersAreDecimalAndInRangeOrMisuse) {
  for (const char* amount : {"99999999999999999999", "0x10", "-5", "+5", "0", "1.99", "1e3", ""}) {
    const Finished refused = Run(PayWords("tok_test_x", "p", amount));
    EXPECT_EQ(refused.exit_code, 2) << amount << refused.output;
    EXPECT_NE(refused.output.find("--amount: takes plain decimal digits, 1 to "), std::string::npos)
        << refused.output;
  }
  // The server's word about the token: the number was read.
  EXPECT_EQ(Run(PayWords("tok_test_x", "p", "0100")).exit_code, 1);
  for (const char* days : {"0", "-1", "3654", "9223372036854775807"}) {
    const Finished refused = Run(TokenizeWords({"--retention-days", days, "--number-fd", "7"}));
    EXPECT_EQ(refused.exit_code, 2) << days;
    EXPECT_NE(refused.output.find("--retention-days: takes plain decimal digits, 1 to 3653 (ten "),
              std::string::npos)
        << refused.output;
  }
  EXPECT_EQ(Run({"card", "list", "--page-size", "201"}).exit_code, 2);
  EXPECT_EQ(Run({"card", "update", "T", "--revision", "0x1"}).exit_code, 2);
  EXPECT_EQ(Run({"--timeout", "010x", "status"}).exit_code, 2);
  EXPECT_EQ(Run({"--timeout", "0", "status"}).exit_code, 2);
  EXPECT_EQ(Run({"route", "credential", "set", "r", "n", "--secret-fd", "-1"}).exit_code, 2);
}

TEST_F(CliTest, ASecretGivenAsAnArgumentIsNeverRepeated) {
  const std::string pan(kVisaTestPan);
  const std::string secret = "Tr0ub4dor";
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {TokenizeWords({pan}), pan},
      {TokenizeWords({"--number", pan}), pan},
      {TokenizeWords({"--number=" + pan}), pan},
      {TokenizeWords({"--number-fd", pan}), pan},
      {TokenizeWords({"--single-use=" + pan}), pan},
      {TokenizeWords({"--cvv", "568"}), "568"},
      {TokenizeWords({"--cvv=568"}), "568"},
      {TokenizeWords({"--cvv-fd=568000"}), "568"},
      {{"card", "cvv", "T", "568"}, "568"},
      {{"card", pan}, pan},
      {{pan}, pan},
      {{"--json=" + pan, "status"}, pan},
      {{"--timeout", pan, "status"}, pan},
      {{"route", "credential", "set", "r", "name", secret}, secret},
      {{"route", "credential", secret}, secret},
      {{"route", "credential", "set", "r", "name", "--secret-fd", secret}, secret},
  };
  for (const auto& [words, never] : cases) {
    const Finished refused = Run(words);
    EXPECT_EQ(refused.exit_code, 2) << words.back();
    EXPECT_EQ(refused.output.rfind("cardvault: ", 0), 0u) << refused.output;
    EXPECT_NE(refused.output.find("--help\n"), std::string::npos) << refused.output;
    EXPECT_EQ(refused.output.find(never), std::string::npos) << refused.output;
  }
  EXPECT_NE(Run(TokenizeWords({pan})).output.find("typed or read from a descriptor"),
            std::string::npos);
  EXPECT_NE(Run({"card", "frobnicate"}).output.find("cardvault card takes tokenize, show, list"),
            std::string::npos);
}

// With the shell's redirections.
Finished InShell(const std::string& line, const std::string& log) {
  return RunToEnd({"/bin/sh", "-c", line}, log);
}

TEST_F(CliTest, AFileThatCannotBeReadIsMisuse) {
  const std::string directory = vault_->directory().path();
  const Finished profile = RunWith(directory, {"status"});
  EXPECT_EQ(profile.exit_code, 2);
  EXPECT_NE(profile.output.find(directory + " is not a file"), std::string::npos) << profile.output;
  const Finished document = Run({"role", "apply", directory});
  EXPECT_EQ(document.exit_code, 2);
  EXPECT_NE(document.output.find(directory + " is not a file"), std::string::npos)
      << document.output;
  const std::string path = vault_->directory().File("odd.yaml");
  const std::string good = ReadWholeFile(profile_);
  auto with = [&](const std::string& was, const std::string& is) {
    std::string text = good;
    WriteWholeFile(path, text.replace(text.find(was), was.size(), is));
    const Finished refused = RunWith(path, {"status"});
    EXPECT_EQ(refused.exit_code, 2) << refused.output;
    return refused.output;
  };
  EXPECT_NE(with("ca: ca.pem", "ca: .").find("is not a file; the profile names it"),
            std::string::npos);
  EXPECT_NE(with("operator.key", ".").find("is not a file; the profile names it"),
            std::string::npos);
  EXPECT_NE(with("operator.pem", "profile.yaml").find("holds no PEM certificate"),
            std::string::npos);
  EXPECT_NE(with("operator.key", "ca.pem").find("holds no PEM private key"), std::string::npos);
}

TEST_F(CliTest, AnAnswerThatCannotBeWrittenIsNotSuccess) {
  const std::string log = vault_->directory().File("cli.log");
  const std::string command = "exec cli/cardvault --profile " + profile_ + " ";
  for (const char* words : {"status > /dev/full", "status >&-", "--json status > /dev/full",
                            "--help > /dev/full", "--help >&-", "status <&- >&-"}) {
    const Finished ended = InShell(command + words, log);
    EXPECT_EQ(ended.exit_code, 6) << words;
    EXPECT_NE(ended.output.find("cardvault: standard output cannot be written"), std::string::npos)
        << ended.output;
  }
  EXPECT_EQ(InShell(command + "status > /dev/full 2>&-", log).exit_code, 6);
}

TEST_F(CliTest, ConnectionErrorsSayWhatToLookAt) {
  const std::string path = vault_->directory().File("odd.yaml");
  const std::string admin = "127.0.0.1:" + std::to_string(vault_->admin_port());
  auto with = [&](const std::string& was, const std::string& is) {
    std::string text = ReadWholeFile(profile_);
    WriteWholeFile(path, text.replace(text.find(was), was.size(), is));
    const Finished refused = RunWith(path, {"status"});
    EXPECT_EQ(refused.exit_code, 1) << refused.output;
    EXPECT_EQ(std::count(refused.output.begin(), refused.output.end(), '\n'), 1) << refused.output;
    return refused.output;
  };
  const std::string name = with("server_name: localhost", "server_name: other.example");
  EXPECT_NE(name.find("no connection to " + admin), std::string::npos) << name;
  EXPECT_NE(name.find("`server_name`"), std::string::npos) << name;
  const std::string port =
      with("admin_server: " + admin,
           "admin_server: 127.0.0.1:" + std::to_string(vault_->merchant_port()));
  EXPECT_NE(port.find("is it the other port's address?"), std::string::npos) << port;
}

// A listener that takes connections and never says a word; nobody listens once it is closed.
class MuteUpstream final {
 public:
  MuteUpstream() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, any, size), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    EXPECT_EQ(getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  MuteUpstream(const MuteUpstream&) = delete;
  ~MuteUpstream() { Close(); }

  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

  // Waits until somebody is connected, and keeps the connection.
  bool Connected() {
    pollfd waiting = {socket_, POLLIN, 0};
    return poll(&waiting, 1, 10000) == 1;
  }

  void ApplyTo(VaultProcess& vault, const std::string& route) const {
    vault.ApplyRoute("name: " + route + "\nconnector: h2h\nbase_url: https://127.0.0.1:" +
                         std::to_string(port_) + "\nca_file: " + vault.directory().File("ca.pem") +
                         "\nallow_private_addresses: true\nowners: [" + kMerchant +
                         "]\ncvv: required\ncurrencies: {EUR: 2}\n"
                         "h2h:\n  wallet_uid: wallet\n  key_id: key\n"
                         "  cascade_id: {payin: payin, payout: payout}\n  signing:\n    canonical: "
                         "\"{method}\\n{path}\\n{timestamp}\\n{nonce}\\n{body_sha256_hex}\"\n",
                     route, "api_secret", "SandboxApiSecret");
  }

 private:
  int socket_;
  int port_ = 0;
};

const std::map<int, std::string>& CardAndCvv() {
  static const auto* const kLines =
      new std::map<int, std::string>{{7, std::string(kVisaTestPan) + "\n"}, {8, "568\n"}};
  return *kLines;
}

TEST_F(CliTest, APaymentThatWasNotSentIsExitCodeFour) {
  MuteUpstream upstream;
  upstream.ApplyTo(*vault_, "dead");
  upstream.Close();
  const Finished made = Run(TokenizeWords({"--number-fd", "7", "--cvv-fd", "8"}), CardAndCvv());
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const Finished paid = Run(PayWords(Token(made.output), "dead-1", "1999", "dead"));
  EXPECT_EQ(paid.exit_code, 4) << paid.output;
  EXPECT_NE(paid.output.find("NOT_SENT"), std::string::npos) << paid.output;
  EXPECT_EQ(Run({"pay", "show", "dead-1"}).exit_code, 0);
}

TEST_F(CliTest, AConnectionLostWhilePayingLeavesTheOutcomeOpen) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  const std::string profile = vault.WriteProfile();
  MuteUpstream upstream;
  upstream.ApplyTo(vault, "mute");
  const Finished made =
      RunWith(profile, TokenizeWords({"--number-fd", "7", "--cvv-fd", "8"}), CardAndCvv());
  ASSERT_EQ(made.exit_code, 0) << made.output;
  std::vector<std::string> words = PayWords(Token(made.output), "mute-1", "1999", "mute");
  words.insert(words.begin(), {"cli/cardvault", "--profile", profile});
  ChildProcess paying(words, vault.directory().File("pay.log"));
  ASSERT_TRUE(upstream.Connected()) << paying.Output();
  vault.Kill();
  EXPECT_EQ(paying.Wait(), 5) << paying.Output();
  EXPECT_NE(paying.Output().find("Repeat with the same ids"), std::string::npos) << paying.Output();
  // Now nothing is sent at all.
  const Finished unsent = RunToEnd(words, vault.directory().File("pay.log"));
  EXPECT_EQ(unsent.exit_code, 1);
  EXPECT_NE(unsent.output.find("refused: no connection to "), std::string::npos) << unsent.output;
}

TEST_F(CliTest, ASecretThatCannotBeReadNamesItsOption) {
  const Finished closed = Run(TokenizeWords({"--number-fd", "9"}));
  EXPECT_EQ(closed.exit_code, 2);
  EXPECT_NE(closed.output.find("card number: the descriptor is not open"), std::string::npos)
      << closed.output;
  const Finished empty = Run(TokenizeWords({"--number-fd", "7", "--cvv-fd", "8"}),
                             {{7, std::string(kVisaTestPan) + "\n"}, {8, "\n"}});
  EXPECT_EQ(empty.exit_code, 2);
  EXPECT_NE(empty.output.find("CVV: nothing was read; "), std::string::npos) << empty.output;
  EXPECT_NE(empty.output.find("--cvv-fd 3 3<FILE"), std::string::npos) << empty.output;
  const Finished lengthy =
      Run(TokenizeWords({"--number-fd", "7"}), {{7, std::string(5000, 'x') + "\n"}});
  EXPECT_EQ(lengthy.exit_code, 2);
  EXPECT_NE(lengthy.output.find("card number: a line longer than 4096 bytes"), std::string::npos)
      << lengthy.output;
}

TEST_F(CliTest, ItsVersionIsTheServers) {
  const Finished version = Run({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  ASSERT_EQ(version.output.rfind("cardvault ", 0), 0u) << version.output;
  const std::string number = version.output.substr(10, version.output.size() - 11);
  EXPECT_NE(Run({"--json", "status"}).output.find("\"version\":\"" + number + "\""),
            std::string::npos);
}

TEST_F(CliTest, OperatorSeesStatusKeysAndRoles) {
  const Finished status = Run({"status"});
  EXPECT_EQ(status.exit_code, 0) << status.output;
  EXPECT_NE(status.output.find("SANDBOX"), std::string::npos) << status.output;
  EXPECT_NE(status.output.find("serving"), std::string::npos) << status.output;
  const Finished key = Run({"key", "status"});
  EXPECT_NE(key.output.find("UNSEALED"), std::string::npos) << key.output;
  const Finished keys = Run({"key", "list"});
  EXPECT_NE(keys.output.find("fingerprint"), std::string::npos) << keys.output;
  EXPECT_NE(keys.output.find("AES-256-GCM"), std::string::npos) << keys.output;
  const Finished roles = Run({"role", "list"});
  EXPECT_NE(roles.output.find(kOperatorUri), std::string::npos) << roles.output;
}

TEST_F(CliTest, DocumentMistakesAreListedWithLines) {
  const std::string path = vault_->directory().File("bad-roles.yaml");
  WriteWholeFile(path, "roles:\n  - identity: nobody\n    roles: [operator]\n");
  const Finished roles = Run({"role", "apply", path});
  EXPECT_EQ(roles.exit_code, 1);
  EXPECT_NE(roles.output.find(path + ":2: identity: "), std::string::npos) << roles.output;
  WriteWholeFile(path, "name: x\nconnector: h2h\nbase_url: http://example.com\n");
  const Finished route = Run({"route", "check", path});
  EXPECT_EQ(route.exit_code, 1);
  EXPECT_NE(route.output.find(path + ":3: base_url: "), std::string::npos) << route.output;
}

}  // namespace
}  // namespace cardvault::testing
