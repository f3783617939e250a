#include "keys/pkcs11/pin_source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {
namespace {

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

class PinSourceTest : public testing::Test {
 protected:
  ~PinSourceTest() override { unsetenv("CREDENTIALS_DIRECTORY"); }

  void Write(absl::string_view content, mode_t mode = 0600) const {
    std::ofstream(path_, std::ios::binary) << content;
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
  }
  static std::string PinOf(const absl::StatusOr<SecretBytes>& pin) {
    return pin.ok() ? std::string(SecretBytesAccess::View(*pin)) : "no PIN";
  }
  // A pipe that holds this and ends.
  static int Pipe(absl::string_view content) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(write(ends[1], content.data(), content.size()), static_cast<ssize_t>(content.size()));
    close(ends[1]);
    return ends[0];
  }

  const TempDir directory_;
  const std::string path_ = directory_.File("pin");
};

TEST_F(PinSourceTest, ReadsOneLineWithoutItsEnd) {
  Write("1234\n");
  EXPECT_EQ(PinOf(ReadPinFile(path_)), "1234");
  Write("1234");
  EXPECT_EQ(PinOf(ReadPinFile(path_)), "1234");
  Write(" with blanks \nmore\n");
  EXPECT_EQ(PinOf(ReadPinFile(path_)), " with blanks ");
  EXPECT_EQ(PinOf(ReadPinDescriptor(Pipe("12345\n"))), "12345");
}

TEST_F(PinSourceTest, RefusesNoPinAndTooLongOnes) {
  for (const std::string& content :
       {std::string(), std::string("\n1234"), std::string(kMaxPinSize + 1, '1')}) {
    Write(content);
    EXPECT_THAT(ReadPinFile(path_), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(ReadPinDescriptor(Pipe(content)), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  Write(std::string(kMaxPinSize, '1') + "\n");
  EXPECT_THAT(ReadPinFile(path_), IsOk());
}

// K1
TEST_F(PinSourceTest, RefusesEveryPermissionOfGroupAndOthers) {
  Write("1234");
  for (mode_t mode = 0; mode <= 077; ++mode) {
    ASSERT_EQ(chmod(path_.c_str(), 0600 | mode), 0);
    if (mode == 0) {
      EXPECT_THAT(ReadPinFile(path_), IsOk());
    } else {
      EXPECT_THAT(ReadPinFile(path_), StatusIs(kPrecondition, ErrorReason::kPolicy)) << mode;
    }
  }
}

TEST_F(PinSourceTest, CredentialOfSystemdMayBeReadableByItsGroupAlone) {
  Write("1234");
  setenv("CREDENTIALS_DIRECTORY", directory_.path().c_str(), 1);
  for (mode_t mode = 0; mode <= 077; ++mode) {
    ASSERT_EQ(chmod(path_.c_str(), 0400 | mode), 0);
    EXPECT_EQ(ReadPinFile(path_).ok(), (mode & ~mode_t{040}) == 0) << mode;
  }
  ASSERT_EQ(chmod(path_.c_str(), 0440), 0);
  setenv("CREDENTIALS_DIRECTORY", (directory_.path() + "/elsewhere").c_str(), 1);
  EXPECT_THAT(ReadPinFile(path_), StatusIs(kPrecondition, ErrorReason::kPolicy));
}

TEST_F(PinSourceTest, RefusesWhatIsNotARegularFileOfThisUser) {
  EXPECT_THAT(ReadPinFile(path_), StatusIs(absl::StatusCode::kNotFound));
  Write("1234");
  std::filesystem::create_symlink(path_, directory_.File("link"));
  EXPECT_THAT(ReadPinFile(directory_.File("link")), StatusIs(kPrecondition, ErrorReason::kPolicy));
  EXPECT_THAT(ReadPinFile(directory_.path()), StatusIs(kPrecondition, ErrorReason::kPolicy));
  ASSERT_EQ(mkfifo(directory_.File("fifo").c_str(), 0600), 0);
  EXPECT_THAT(ReadPinFile(directory_.File("fifo")), StatusIs(kPrecondition, ErrorReason::kPolicy));

  // Root gives the file away; others have none that is not theirs to try.
  if (chown(path_.c_str(), 12345, 12345) != 0) GTEST_SKIP() << "only root can give a file away";
  EXPECT_THAT(ReadPinFile(path_), StatusIs(kPrecondition, ErrorReason::kPolicy));
  setenv("CREDENTIALS_DIRECTORY", directory_.path().c_str(), 1);
  EXPECT_THAT(ReadPinFile(path_), StatusIs(kPrecondition, ErrorReason::kPolicy));
}

TEST_F(PinSourceTest, ClosesTheDescriptorAndRefusesTerminals) {
  const int fd = Pipe("1234\n");
  EXPECT_THAT(ReadPinDescriptor(fd), IsOk());
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
  EXPECT_THAT(ReadPinDescriptor(fd), StatusIs(absl::StatusCode::kUnavailable));
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "no terminals here";
  EXPECT_THAT(ReadPinDescriptor(terminal), StatusIs(kPrecondition, ErrorReason::kPolicy));
}

}  // namespace
}  // namespace cardvault
