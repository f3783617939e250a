#include "vault/backup/backup_manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

BackupManifest Example() {
  BackupManifest manifest;
  manifest.id = "20261122T063000Z-abcdefgh";
  manifest.vault_id = "vault-x";
  manifest.mode = VaultMode::kProduction;
  manifest.create_time = absl::FromUnixSeconds(1795329000);
  manifest.software = "0.1";
  manifest.log = {"cardvault/vault-x/log/1", 42, EmptyRoot()};
  manifest.keyring_revision = 7;
  manifest.kek_provider = "pkcs11";
  manifest.kek_check_value = "93ca49";
  manifest.keys = {"pan/1", "pan/2"};
  manifest.files = {{"000012.sst", 3, std::string(32, 'x')}, {"CURRENT", 16, std::string(32, 'y')}};
  return manifest;
}

TEST(BackupManifestTest, ReadsWhatItWrote) {
  const auto read = ParseManifest(FormatManifest(Example()));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, Example());
}

TEST(BackupManifestTest, AnyOtherTextIsRefused) {
  const std::string good = FormatManifest(Example());
  const auto changed = [&](const char* from, const char* to) {
    const std::string text = absl::StrReplaceAll(good, {{from, to}});
    EXPECT_NE(text, good) << from;
    return ParseManifest(text);
  };
  const auto lost = StatusIs(absl::StatusCode::kDataLoss);
  EXPECT_THAT(changed("CURRENT", "../CURRENT"), lost);
  EXPECT_THAT(changed("CURRENT", "a/CURRENT"), lost);
  EXPECT_THAT(changed("CURRENT", ".CURRENT"), lost);
  EXPECT_THAT(changed("CURRENT", "000012.sst"), lost);  // twice
  EXPECT_THAT(changed("CURRENT", "000001"), lost);      // out of order
  EXPECT_THAT(changed("\"format\": 1", "\"format\": 2"), lost);
  EXPECT_THAT(changed("\"size\": 3", "\"size\": -3"), lost);
  EXPECT_THAT(changed("\"size\": 3", "\"size\": 3, \"size\": 3"), lost);
  EXPECT_THAT(changed("production", "prod"), lost);
  EXPECT_THAT(changed("2026", "26"), lost);
  EXPECT_THAT(changed("\n}", "\n} "), lost);
  EXPECT_THAT(ParseManifest(""), lost);
  EXPECT_THAT(ParseManifest("[]"), lost);
  EXPECT_THAT(ParseManifest(std::string(kMaxManifestSize, '[')), lost);
  EXPECT_THAT(ParseManifest(std::string(kMaxManifestSize + 1, ' ')), lost);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ParseManifest(good.substr(0, size)).ok()) << size;
  }
}

TEST(BackupManifestTest, IdsAreTimesAndLetters) {
  const std::string id = NewBackupId(absl::FromUnixSeconds(1795329000));
  EXPECT_EQ(id.substr(0, 17), "20261122T063000Z-");
  EXPECT_TRUE(IsBackupId(id));
  EXPECT_FALSE(IsBackupId("2026112xT063000Z-abcdefgh"));
  EXPECT_FALSE(IsBackupId("20261122T063000Z-abcdefg"));
  EXPECT_FALSE(IsBackupId("20261122T063000Z-abcdef.."));
  EXPECT_FALSE(IsBackupId(""));
}

}  // namespace
}  // namespace cardvault
