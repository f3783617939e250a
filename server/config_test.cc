#include "server/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_replace.h"

namespace cardvault {
namespace {

constexpr char kGood[] =
    "mode: sandbox\n"
    "data_directory: data\n"
    "merchant_listener:\n"
    "  address: 127.0.0.1:7443\n"
    "  certificate: /etc/cardvault/server.pem\n"
    "  private_key: server.key\n"
    "  client_ca: ca.pem\n"
    "admin_listener:\n"
    "  address: 127.0.0.1:7444\n"
    "  certificate: server.pem\n"
    "  private_key: server.key\n"
    "  client_ca: admin-ca.pem\n"
    "kek:\n"
    "  provider: file\n"
    "  path: /var/lib/keys/kek\n"
    "audit:\n"
    "  sinks:\n"
    "    - {file: /var/log/cardvault/checkpoints}\n"
    "    - {syslog: /dev/log, required: false}\n";

TEST(ConfigTest, ParseReadsEveryKeyAndResolvesPaths) {
  const ParsedConfig parsed = ParseConfig(std::string(kGood) +
                                              "bin_length: 8\ncvv_life: 5m\nlog_level: debug\n"
                                              "retention_interval: 10s\ndrain_timeout: 1m\n"
                                              "block_cache_mib: 64\n"
                                              "metrics_listener: {address: '[::1]:7445'}\n",
                                          "/etc/cardvault");
  ASSERT_TRUE(parsed.mistakes.empty());
  EXPECT_EQ(parsed.config.data_directory, "/etc/cardvault/data");
  EXPECT_EQ(parsed.config.merchant.certificate, "/etc/cardvault/server.pem");
  EXPECT_EQ(parsed.config.merchant.private_key, "/etc/cardvault/server.key");
  EXPECT_EQ(parsed.config.admin.address, "127.0.0.1:7444");
  EXPECT_EQ(parsed.config.bin_length, BinLength::kEight);
  EXPECT_EQ(parsed.config.cvv_life, absl::Minutes(5));
  EXPECT_EQ(parsed.config.drain_timeout, absl::Minutes(1));
  EXPECT_EQ(parsed.config.block_cache_bytes, size_t{64} << 20);
  EXPECT_EQ(parsed.config.metrics_address, "[::1]:7445");
  EXPECT_EQ(parsed.config.audit_reads, AuditReads::kOpened);
}

TEST(ConfigTest, ParseReadsWhichReadsAreEntries) {
  const std::string good = kGood;
  EXPECT_EQ(ParseConfig(good + "  reads: all\n", "/etc").config.audit_reads, AuditReads::kAll);
  EXPECT_EQ(ParseConfig(good + "  reads: opened\n", "/etc").config.audit_reads,
            AuditReads::kOpened);
  const ParsedConfig bad = ParseConfig(good + "  reads: none\n", "/etc");
  ASSERT_EQ(bad.mistakes.size(), 1u);
  EXPECT_EQ(bad.mistakes[0].key, "audit.reads");
}

TEST(ConfigTest, ParseNamesLineAndKeyOfEveryMistake) {
  struct Change {
    const char* from;
    const char* to;
    int line;
    const char* key;
  };
  const Change changes[] = {
      {"mode: sandbox", "mode: test", 1, "mode"},
      {"mode: sandbox\n", "", 1, "mode"},
      {"data_directory: data", "data_dir: data", 2, "data_dir"},
      {"  address: 127.0.0.1:7443", "  address: 127.0.0.1", 4, "merchant_listener.address"},
      {"  address: 127.0.0.1:7443", "  address: 127.0.0.1:99999", 4, "merchant_listener.address"},
      {"  client_ca: admin-ca.pem\n", "", 9, "admin_listener.client_ca"},
      {"provider: file", "provider: tpm", 14, "kek.provider"},
      {"provider: file", "provider: pkcs11", 15, "kek.path"},
      {"provider: file", "provider: file\n  pin_fd: 3", 15, "kek.pin_fd"},
      {"path: /var/lib/keys/kek", "path: data/kek", 14, "kek.path"},
      {"kek:\n", "cvv_life: 61m\nkek:\n", 13, "cvv_life"},
      {"kek:\n", "cvv_life: soon\nkek:\n", 13, "cvv_life"},
      {"kek:\n", "bin_length: 7\nkek:\n", 13, "bin_length"},
      {"kek:\n", "mode: sandbox\nkek:\n", 13, "mode"},
      {"kek:\n", "block_cache_mib: 1\nkek:\n", 13, "block_cache_mib"},
      {"kek:\n", "import_enumeration_limit: 9\nkek:\n", 13, "import_enumeration_limit"},
      {"kek:\n", "import_enumeration_limit: 1001\nkek:\n", 13, "import_enumeration_limit"},
      {"kek:\n", "metrics_listener: {address: '0.0.0.0:7445'}\nkek:\n", 13,
       "metrics_listener.address"},
      {"kek:\n", "metrics_listener: {}\nkek:\n", 13, "metrics_listener.address"},
  };
  for (const Change& change : changes) {
    const ParsedConfig parsed =
        ParseConfig(absl::StrReplaceAll(kGood, {{change.from, change.to}}), "/etc/cardvault");
    bool found = false;
    for (const DocumentMistake& mistake : parsed.mistakes) {
      found = found || (mistake.key == change.key && mistake.line == change.line);
    }
    EXPECT_TRUE(found) << change.to;
  }
}

TEST(ConfigTest, ProductionRefusesAKeyInAFile) {
  const ParsedConfig parsed = ParseConfig(
      absl::StrReplaceAll(kGood, {{"mode: sandbox", "mode: production"}}), "/etc/cardvault");
  ASSERT_EQ(parsed.mistakes.size(), 1u);
  EXPECT_EQ(parsed.mistakes[0].key, "kek.provider");
}

constexpr char kPkcs11[] =
    "  provider: pkcs11\n"
    "  module: /usr/lib/hsm.so\n"
    "  token_label: vault\n"
    "  key_label: kek\n"
    "  pin_file: pin\n";

std::string WithPkcs11(const std::string& mode = "production") {
  return absl::StrReplaceAll(kGood, {{"  provider: file\n  path: /var/lib/keys/kek\n", kPkcs11},
                                     {"mode: sandbox", "mode: " + mode}});
}

// K3
TEST(ConfigTest, ProductionTakesAKeyInAnHsm) {
  for (const char* mode : {"production", "sandbox"}) {
    const ParsedConfig parsed = ParseConfig(WithPkcs11(mode), "/etc/cardvault");
    ASSERT_TRUE(parsed.mistakes.empty()) << parsed.mistakes[0].key;
    EXPECT_EQ(parsed.config.kek.provider, "pkcs11");
    EXPECT_EQ(parsed.config.kek.module, "/usr/lib/hsm.so");
    EXPECT_EQ(parsed.config.kek.pkcs11.token_label, "vault");
    EXPECT_EQ(parsed.config.kek.pkcs11.kek.label, "kek");
    EXPECT_EQ(parsed.config.kek.pkcs11.kek.id, "");
    EXPECT_EQ(parsed.config.kek.pkcs11.mechanism, Pkcs11Mechanism::kAesGcm);
    EXPECT_EQ(parsed.config.kek.pin_file, "/etc/cardvault/pin");
    EXPECT_EQ(parsed.config.kek.pin_fd, -1);
  }
  const ParsedConfig parsed =
      ParseConfig(absl::StrReplaceAll(WithPkcs11(), {{"pin_file: pin",
                                                      "pin_fd: 3\n  key_id: '0aFf'\n"
                                                      "  mechanism: aes-gcm-token-nonce"}}),
                  "/etc/cardvault");
  ASSERT_TRUE(parsed.mistakes.empty()) << parsed.mistakes[0].key;
  EXPECT_EQ(parsed.config.kek.pin_fd, 3);
  EXPECT_EQ(parsed.config.kek.pkcs11.kek.id, "\x0a\xff");
  EXPECT_EQ(parsed.config.kek.pkcs11.mechanism, Pkcs11Mechanism::kAesGcmTokenNonce);
}

// K7
TEST(ConfigTest, ProductionTakesAKeyInCustody) {
  const std::string custody = absl::StrReplaceAll(
      kGood, {{"  provider: file\n  path: /var/lib/keys/kek\n", "  provider: custody\n"},
              {"mode: sandbox", "mode: production"}});
  const ParsedConfig parsed = ParseConfig(custody, "/etc/cardvault");
  ASSERT_TRUE(parsed.mistakes.empty()) << parsed.mistakes[0].key;
  EXPECT_EQ(parsed.config.kek.provider, "custody");
  for (const char* other : {"path: kek", "pin_file: pin", "module: /usr/lib/hsm.so"}) {
    const ParsedConfig mixed = ParseConfig(
        absl::StrReplaceAll(custody, {{"provider: custody\n",
                                       std::string("provider: custody\n  ") + other + "\n"}}),
        "/etc/cardvault");
    EXPECT_EQ(mixed.mistakes.size(), 1u) << other;
  }
}

TEST(ConfigTest, ParseNamesTheKeyOfEveryMistakeAboutAnHsm) {
  struct Change {
    const char* from;
    const char* to;
    const char* key;
  };
  const Change changes[] = {
      {"  module: /usr/lib/hsm.so\n", "", "kek.module"},
      {"  token_label: vault\n", "", "kek.token_label"},
      {"token_label: vault", "token_label: a label of more than thirty-two b", "kek.token_label"},
      {"  key_label: kek\n", "", "kek.key_label"},
      {"  pin_file: pin\n", "", "kek.pin_file"},
      {"pin_file: pin", "pin_file: pin\n  pin_fd: 3", "kek.pin_file"},
      {"pin_file: pin", "pin_file: data/pin", "kek.pin_file"},
      {"pin_file: pin", "pin_fd: 2", "kek.pin_fd"},
      {"pin_file: pin", "pin: '1234'", "kek.pin"},
      {"pin_file: pin", "pin_file: pin\n  mechanism: aes-cbc", "kek.mechanism"},
      {"pin_file: pin", "pin_file: pin\n  key_id: '123'", "kek.key_id"},
      {"pin_file: pin", "pin_file: pin\n  path: kek", "kek.path"},
  };
  for (const Change& change : changes) {
    const ParsedConfig parsed = ParseConfig(
        absl::StrReplaceAll(WithPkcs11(), {{change.from, change.to}}), "/etc/cardvault");
    ASSERT_FALSE(parsed.mistakes.empty()) << change.to;
    EXPECT_EQ(parsed.mistakes[0].key, change.key) << change.to;
  }
}

// The configuration of a KEK that moves from `kek` to `kek_next`.
ParsedConfig ParseMove(const std::string& kek, const std::string& next,
                       const std::string& mode = "production") {
  return ParseConfig(absl::StrReplaceAll(kGood, {{"  provider: file\n  path: /var/lib/keys/kek\n",
                                                  kek + "kek_next:\n" + next},
                                                 {"mode: sandbox", "mode: " + mode}}),
                     "/etc/cardvault");
}

TEST(ConfigTest, ParseReadsWhereTheKekIsToGo) {
  EXPECT_FALSE(ParseConfig(kGood, "/etc/cardvault").config.kek_next.has_value());
  const std::string other =
      absl::StrReplaceAll(kPkcs11, {{"token_label: vault", "token_label: next"}});
  const ParsedConfig parsed = ParseMove(kPkcs11, other);
  ASSERT_TRUE(parsed.mistakes.empty()) << parsed.mistakes[0].key;
  EXPECT_EQ(parsed.config.kek.pkcs11.token_label, "vault");
  EXPECT_EQ(parsed.config.kek_next->provider, "pkcs11");
  EXPECT_EQ(parsed.config.kek_next->pkcs11.token_label, "next");
  EXPECT_EQ(parsed.config.kek_next->pin_file, "/etc/cardvault/pin");
  for (const auto& [kek, next] :
       {std::pair{"  provider: custody\n", kPkcs11}, std::pair{kPkcs11, "  provider: custody\n"}}) {
    EXPECT_TRUE(ParseMove(kek, next).mistakes.empty()) << kek;
  }
  EXPECT_TRUE(ParseMove("  provider: file\n  path: a\n", kPkcs11, "sandbox").mistakes.empty());
}

TEST(ConfigTest, ParseNamesLineAndKeyOfEveryMistakeAboutTheNextKek) {
  struct Case {
    const char* kek;
    const char* next;
    const char* mode;
    int line;
    const char* key;
  };
  const Case cases[] = {
      {kPkcs11, "  provider: file\n  path: kek\n", "production", 20, "kek_next.provider"},
      {kPkcs11, kPkcs11, "production", 22, "kek_next.token_label"},
      {kPkcs11, "  provider: tpm\n", "production", 20, "kek_next.provider"},
      {kPkcs11, "  path: kek\n", "production", 20, "kek_next.provider"},
      {kPkcs11, "  provider: custody\n  path: kek\n", "production", 21, "kek_next.path"},
      {kPkcs11, "  provider: pkcs11\n", "production", 20, "kek_next.token_label"},
      {kPkcs11, "  provider: file\n  path: data/kek\n", "sandbox", 20, "kek_next.path"},
      {"  provider: custody\n", "  provider: custody\n", "production", 16, "kek_next.provider"},
      {"  provider: file\n  path: kek\n", "  provider: file\n  path: ./kek\n", "sandbox", 18,
       "kek_next.path"},
      {"  provider: pkcs11\n  module: m.so\n  token_label: a\n  key_label: k\n  pin_fd: 3\n",
       "  provider: pkcs11\n  module: m.so\n  token_label: b\n  key_label: k\n  pin_fd: 3\n",
       "production", 24, "kek_next.pin_fd"},
      {kPkcs11, "  provider: custody\n  colour: red\n", "production", 21, "kek_next.colour"},
  };
  for (const Case& bad : cases) {
    const ParsedConfig parsed = ParseMove(bad.kek, bad.next, bad.mode);
    const auto found =
        std::find_if(parsed.mistakes.begin(), parsed.mistakes.end(),
                     [&](const DocumentMistake& mistake) { return mistake.key == bad.key; });
    ASSERT_NE(found, parsed.mistakes.end()) << bad.key << " of " << bad.next;
    EXPECT_EQ(found->line, bad.line) << bad.key << " of " << bad.next;
  }
}

// A3
TEST(ConfigTest, ParseReadsWhereCheckpointsGo) {
  const ParsedConfig parsed = ParseConfig(kGood, "/etc/cardvault");
  ASSERT_EQ(parsed.config.checkpoint_sinks.size(), 2u);
  EXPECT_EQ(parsed.config.checkpoint_sinks[0].file, "/var/log/cardvault/checkpoints");
  EXPECT_TRUE(parsed.config.checkpoint_sinks[0].is_required);
  EXPECT_EQ(parsed.config.checkpoint_sinks[1].syslog, "/dev/log");
  EXPECT_FALSE(parsed.config.checkpoint_sinks[1].is_required);
}

TEST(ConfigTest, ParseReadsHowLongTheAuditLogIsKept) {
  const auto with = [](const std::string& months) {
    return ParseConfig(
        absl::StrReplaceAll(
            kGood, {{"  sinks:\n", absl::StrCat("  retention_months: ", months, "\n  sinks:\n")}}),
        "/etc/cardvault");
  };
  EXPECT_FALSE(ParseConfig(kGood, "/etc/cardvault").config.audit_retention_months.has_value());
  const ParsedConfig year = with("12");
  EXPECT_TRUE(year.mistakes.empty());
  EXPECT_EQ(year.config.audit_retention_months, 12);
  for (const char* months : {"11", "0", "-12", "1201", "12.5", "a year", "[12]"}) {
    const ParsedConfig bad = with(months);
    ASSERT_EQ(bad.mistakes.size(), 1u) << months;
    EXPECT_EQ(bad.mistakes[0].key, "audit.retention_months");
  }
}

TEST(ConfigTest, ParseRefusesSinksThatAreNone) {
  const std::string good = kGood;
  const std::string before = good.substr(0, good.find("audit:\n"));
  EXPECT_TRUE(ParseConfig(before, "/etc/cardvault").mistakes.empty());
  const std::string in_production =
      absl::StrReplaceAll(before, {{"mode: sandbox", "mode: production"},
                                   {"  provider: file\n  path: /var/lib/keys/kek\n", kPkcs11}});
  const ParsedConfig none = ParseConfig(in_production, "/etc/cardvault");
  ASSERT_EQ(none.mistakes.size(), 1u);
  EXPECT_EQ(none.mistakes[0].key, "audit.sinks");
  const ParsedConfig not_required =
      ParseConfig(absl::StrCat(in_production, "audit: {sinks: [{file: a, required: false}]}\n"),
                  "/etc/cardvault");
  ASSERT_EQ(not_required.mistakes.size(), 1u);
  EXPECT_EQ(not_required.mistakes[0].key, "audit.sinks");
  for (const char* sinks :
       {"  sinks: []\n", "  sinks: file\n", "  sinks:\n    - {required: true}\n",
        "  sinks:\n    - {file: a, syslog: /dev/log}\n",
        "  sinks:\n    - {file: a, required: yes}\n",
        "  sinks:\n    - {file: a}\n    - {file: a}\n",
        "  sinks: [{file: a}, {file: b}, {file: c}, {file: d}, {file: e}]\n",
        "  sinks:\n    - {file: data/checkpoints}\n"}) {
    const ParsedConfig bad = ParseConfig(absl::StrCat(before, "audit:\n", sinks), "/var/lib/vault");
    EXPECT_EQ(bad.mistakes.size(), 1u) << sinks;
  }
}

}  // namespace
}  // namespace cardvault
