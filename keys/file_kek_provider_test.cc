#include "keys/file_kek_provider.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {
namespace {

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

class FileKekProviderTest : public testing::Test {
 protected:
  std::string Read() const {
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }
  void Write(const std::string& bytes, mode_t mode = 0600) const {
    std::filesystem::remove(path_);
    std::ofstream(path_, std::ios::binary) << bytes;
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
  }

  const TempDir directory_;
  const std::string path_ = directory_.File("kek");
};

TEST_F(FileKekProviderTest, CreateMakesAFileOf80BytesForTheOwnerAlone) {
  const mode_t umask_before = umask(0);  // nothing is taken away by the caller's umask
  EXPECT_THAT(CreateKekFile(path_), IsOk());
  umask(umask_before);
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(info.st_size, 80);
  EXPECT_EQ(Read().substr(0, 16), "cardvault kek 1\n");
}

TEST_F(FileKekProviderTest, CreateIsNotHeldBackByAStrictUmask) {
  const mode_t umask_before = umask(0777);
  EXPECT_THAT(CreateKekFile(path_), IsOk());
  umask(umask_before);
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST_F(FileKekProviderTest, CreateNeverReplacesAnything) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  const std::string before = Read();
  EXPECT_THAT(CreateKekFile(path_), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(Read(), before);

  const std::string link = directory_.File("link");
  const std::string target = directory_.File("target");
  std::filesystem::create_symlink(target, link);
  EXPECT_THAT(CreateKekFile(link), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(FileKekProviderTest, CreateGoesOnAfterATryThatWasCutShort) {
  std::ofstream(path_ + ".new") << "half a ke";
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  EXPECT_THAT(OpenKekFile(path_), IsOk());
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
  EXPECT_THAT(CreateKekFile(path_), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(FileKekProviderTest, CreateFailsWithoutItsDirectory) {
  EXPECT_THAT(CreateKekFile(directory_.File("none/kek")), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(FileKekProviderTest, WrapsAndUnwrapsAcrossOpens) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  const auto one = OpenKekFile(path_);
  const auto two = OpenKekFile(path_);
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  EXPECT_EQ((*one)->name(), "file");
  EXPECT_EQ((*one)->check_value(), (*two)->check_value());
  EXPECT_EQ((*one)->check_value().size(), 6u);
  const auto wrapped = (*one)->Wrap(SecretBytes::CopyOf("a key"));
  ASSERT_THAT(wrapped, IsOk());
  const auto key = (*two)->Unwrap(*wrapped);
  ASSERT_THAT(key, IsOk());
  EXPECT_TRUE(SecretBytesAccess::View(*key) == "a key");
}

TEST_F(FileKekProviderTest, UnwrapRejectsAnotherKeksAndChangedBytes) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  ASSERT_THAT(CreateKekFile(directory_.File("other")), IsOk());
  const auto kek = OpenKekFile(path_);
  const auto other = OpenKekFile(directory_.File("other"));
  ASSERT_THAT(kek, IsOk());
  ASSERT_THAT(other, IsOk());
  EXPECT_NE((*kek)->check_value(), (*other)->check_value());
  std::string wrapped = (*kek)->Wrap(SecretBytes::CopyOf("a key")).value();
  EXPECT_THAT((*other)->Unwrap(wrapped), StatusIs(kDataLoss));
  for (size_t bit = 0; bit < 8 * wrapped.size(); ++bit) {
    wrapped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_THAT((*kek)->Unwrap(wrapped), StatusIs(kDataLoss));
    wrapped[bit / 8] ^= static_cast<char>(1 << bit % 8);
  }
  EXPECT_THAT((*kek)->Unwrap(""), StatusIs(kDataLoss));
}

TEST_F(FileKekProviderTest, OpenSaysWhenThereIsNone) {
  EXPECT_THAT(OpenKekFile(path_), StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  EXPECT_THAT(OpenKekFile(directory_.File("none/kek")), StatusIs(absl::StatusCode::kNotFound));
}

// K3: every one of the 64 combinations of group's and others' permissions but none.
TEST_F(FileKekProviderTest, OpenRefusesEveryPermissionOfGroupAndOthers) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  for (mode_t mode = 0; mode <= 077; ++mode) {
    ASSERT_EQ(chmod(path_.c_str(), 0600 | mode), 0);
    if (mode == 0) {
      EXPECT_THAT(OpenKekFile(path_), IsOk());
    } else {
      EXPECT_THAT(OpenKekFile(path_), StatusIs(kPrecondition, ErrorReason::kPolicy)) << mode;
    }
  }
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_THAT(OpenKekFile(path_), IsOk());
}

TEST_F(FileKekProviderTest, OpenRefusesWhatIsNotARegularFile) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  std::filesystem::create_symlink(path_, directory_.File("link"));
  EXPECT_THAT(OpenKekFile(directory_.File("link")), StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_THAT(OpenKekFile(directory_.path()), StatusIs(kPrecondition, ErrorReason::kPolicy));
  ASSERT_EQ(mkfifo(directory_.File("fifo").c_str(), 0600), 0);
  EXPECT_THAT(OpenKekFile(directory_.File("fifo")),
              StatusIs(kPrecondition, ErrorReason::kPolicy));  // and does not wait for a writer
}

TEST_F(FileKekProviderTest, OpenRefusesAnotherUsersFile) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  std::string path = path_;
  // Root gives the file away; others try one of root's that they may read.
  if (chown(path.c_str(), 12345, 12345) != 0) path = "/etc/passwd";
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  if (info.st_uid == geteuid()) GTEST_SKIP() << "this user can have no file of another's";
  const auto kek = OpenKekFile(path);
  EXPECT_THAT(kek, StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_EQ(std::string(kek.status().message()), "the KEK file belongs to another user");
}

TEST_F(FileKekProviderTest, OpenRejectsEveryFlippedBit) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  const std::string good = Read();
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    Write(bad);
    EXPECT_THAT(OpenKekFile(path_), StatusIs(kDataLoss)) << bit;
  }
}

TEST_F(FileKekProviderTest, OpenRejectsEverySizeBut80) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  const std::string good = Read();
  for (size_t size = 0; size < good.size(); ++size) {
    Write(good.substr(0, size));
    EXPECT_THAT(OpenKekFile(path_), StatusIs(kDataLoss)) << size;
  }
  Write(good + "\n");
  EXPECT_THAT(OpenKekFile(path_), StatusIs(kDataLoss));
  Write(good);
  EXPECT_THAT(OpenKekFile(path_), IsOk());
}

// The format, pinned: docs/formats/kek_file.md.
TEST_F(FileKekProviderTest, OpensTheGoldenFile) {
  const std::string head = "cardvault kek 1\nTHIS IS A TEST KEY, NOT A SECRET";
  unsigned char digest[32];
  ASSERT_EQ(EVP_Digest(head.data(), head.size(), digest, nullptr, EVP_sha256(), nullptr), 1);
  Write(head + std::string(reinterpret_cast<const char*>(digest), sizeof(digest)));
  const auto kek = OpenKekFile(path_);
  ASSERT_THAT(kek, IsOk());
  EXPECT_EQ((*kek)->check_value(), "93ca49");
}

TEST_F(FileKekProviderTest, DestroyTakesTheRightFileAlone) {
  ASSERT_THAT(CreateKekFile(path_), IsOk());
  const std::string check_value = (*OpenKekFile(path_))->check_value();
  EXPECT_THAT(DestroyKekFile(path_, "000000"),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kKeyState));
  EXPECT_THAT(OpenKekFile(path_), IsOk());
  EXPECT_THAT(DestroyKekFile(path_, check_value), IsOk());
  EXPECT_THAT(OpenKekFile(path_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(DestroyKekFile(path_, check_value), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace cardvault
