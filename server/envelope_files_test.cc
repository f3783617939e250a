#include "server/envelope_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "keys/custody/testing/test_custody.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {
namespace {

std::string ContentOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class EnvelopeFilesTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const {
    return directory_.File(name + "-" + custody_.made.record.check_value + ".share");
  }

  const TestCustody custody_{2, 3};
  TempDir directory_;
};

// K10
TEST_F(EnvelopeFilesTest, EachShareIsAFileOfItsOwnThatOthersCannotRead) {
  const auto paths = WriteEnvelopes(custody_.made, directory_.path());
  ASSERT_THAT(paths, IsOk());
  EXPECT_EQ(*paths, (std::vector<std::string>{Path("1"), Path("2"), Path("3")}));
  for (size_t i = 0; i < paths->size(); ++i) {
    EXPECT_EQ(ContentOf((*paths)[i]), custody_.made.shares[i].envelope_pem);
    struct stat status {};
    ASSERT_EQ(stat((*paths)[i].c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
  }
}

TEST_F(EnvelopeFilesTest, AFileThatIsThereIsNotOverwrittenAndNoOtherIsLeft) {
  std::ofstream(Path("2")) << "kept";
  EXPECT_THAT(WriteEnvelopes(custody_.made, directory_.path()),
              StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kFieldInvalid));
  EXPECT_EQ(ContentOf(Path("2")), "kept");
  EXPECT_FALSE(std::filesystem::exists(Path("1")));
}

TEST_F(EnvelopeFilesTest, ALinkIsNotFollowed) {
  std::filesystem::create_symlink(directory_.File("elsewhere"), Path("1"));
  EXPECT_FALSE(WriteEnvelopes(custody_.made, directory_.path()).ok());
  EXPECT_FALSE(std::filesystem::exists(directory_.File("elsewhere")));
}

TEST_F(EnvelopeFilesTest, ADirectoryThatIsNotThereIsSaid) {
  EXPECT_THAT(WriteEnvelopes(custody_.made, directory_.File("nowhere")),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
}

}  // namespace
}  // namespace cardvault
