// Every keyring and KEK file that was ever written must open for ever: the bytes in testdata/ are
// of format version 1 and never change. docs/formats/keyring.md, docs/formats/kek_file.md.

#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "base/access/secret_bytes_access.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/aead_key.h"
#include "keys/file_kek_provider.h"
#include "keys/kek_provider.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring_document.h"
#include "keys/mac_key.h"
#include "keys/testing/hex_file.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {
namespace {

using testing::ElementsAre;

class KeyringFormatTest : public testing::Test {
 protected:
  void SetUp() override {
    const TempDir directory;
    const std::string path = directory.File("kek");
    std::ofstream(path, std::ios::binary) << ReadHexFile("keys/testdata/kek_v1.hex");
    ASSERT_EQ(chmod(path.c_str(), 0600), 0);
    auto kek = OpenKekFile(path);
    ASSERT_THAT(kek, IsOk());
    kek_ = *std::move(kek);
    auto document = OpenKeyringDocument(bytes_, *kek_);
    ASSERT_THAT(document, IsOk());
    document_ = *std::move(document);
  }

  const std::string bytes_ = ReadHexFile("keys/testdata/keyring_v1.hex");
  std::unique_ptr<KekProvider> kek_;
  KeyringDocument document_;
};

TEST_F(KeyringFormatTest, GoldenKekFileOpens) {
  EXPECT_EQ(kek_->name(), "file");
  EXPECT_EQ(kek_->check_value(), "93ca49");
}

TEST_F(KeyringFormatTest, GoldenKeyringOpens) {
  EXPECT_EQ(document_.revision, 41u);
  EXPECT_EQ(document_.vault_id, "golden-vault");
  EXPECT_EQ(document_.mode, 2u);
  EXPECT_EQ(document_.kek.provider, "file");
  EXPECT_EQ(document_.kek.check_value, "93ca49");
  std::vector<std::string> lines;
  for (const KeyringDocument::Entry& entry : document_.entries) {
    const KeyVersionInfo& info = entry.info;
    lines.push_back(std::string(PurposeName(info.purpose)) + " " + std::to_string(info.version) +
                    " " + std::string(StateName(info.state)) + " " + info.check_value + " " +
                    std::to_string(info.reserved_uses) + "/" + std::to_string(info.max_uses));
    if (info.state == KeyState::kDestroyed) continue;
    EXPECT_THAT(UnwrapKeyringEntry(document_, entry, *kek_), IsOk()) << lines.back();
  }
  EXPECT_THAT(
      lines,
      ElementsAre("pan 1 destroyed d57fd9 1000/1073741823",
                  "pan 2 compromised 787c30 2000/1073741823", "pan 3 active 032c53 3000/1073741823",
                  "profile 1 active 115018 0/1073741824", "fingerprint 1 active e46000 0/0",
                  "token-mac 1 active 2e3608 0/0", "request-digest 1 active 071e28 0/0",
                  "cursor 1 active 46c042 0/0", "route-credential 1 active 0aa49e 0/1073741824",
                  "row-index 1 active 5b3244 0/0"));
  EXPECT_EQ(document_.entries[3].info.create_time, absl::FromUnixMicros(1893456000123456));
}

TEST_F(KeyringFormatTest, GoldenCiphertextsOpen) {
  const struct {
    size_t entry;
    const char* sealed;
  } kCases[] = {
      {1,
       "3524330ba6cb41fed231cbb66f2d429a204410e69db2b6c3fa3af2d751493a13f46ae5d693393dded3ee"
       "d97f"},
      {2,
       "6d67b25d36afca2aab7f84f2450ec87dcfa534700e5cfeb53da968ed79d6b14994cd69d9db54cc8363d8"
       "3e2f"},
  };
  for (const auto& golden : kCases) {
    const KeyringDocument::Entry& entry = document_.entries[golden.entry];
    const AeadKey key(entry.info.version, *UnwrapKeyringEntry(document_, entry, *kek_), nullptr);
    const auto opened = key.Open(absl::HexStringToBytes(golden.sealed), "golden row");
    ASSERT_THAT(opened, IsOk());
    EXPECT_TRUE(SecretBytesAccess::View(*opened) == "golden plaintext");
  }
}

TEST_F(KeyringFormatTest, GoldenMacVerifies) {
  const KeyringDocument::Entry& entry = document_.entries[5];
  const MacKey key(entry.info.version, *UnwrapKeyringEntry(document_, entry, *kek_));
  EXPECT_EQ(absl::BytesToHexString(key.Mac({"cardvault token v1", "golden"})),
            "197a7c0cbee1ca1f365ead68c93b903d29169bab422f335e9b8d3df6a35ff902");
}

// What is written today is what is read for ever.
TEST_F(KeyringFormatTest, SerializingTheGoldenKeyringGivesItsBytes) {
  EXPECT_EQ(absl::BytesToHexString(SerializeKeyringDocument(document_)),
            absl::BytesToHexString(bytes_));
}

}  // namespace
}  // namespace cardvault
