#include "server/sealed_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(SealedFileTest, IsReadByItsPathAgainAndAgainAndGoneWithTheObject) {
  const std::string content(200'000, 'x');
  absl::StatusOr<std::unique_ptr<SealedFile>> file = SealedFile::Create(content);
  ASSERT_THAT(file, IsOk());
  const std::string path = (*file)->path();
  EXPECT_EQ(Read(path), content);
  EXPECT_EQ(Read(path), content);
  file->reset();
  EXPECT_FALSE(std::ifstream(path).is_open());
}

TEST(SealedFileTest, NobodyCanChangeIt) {
  const absl::StatusOr<std::unique_ptr<SealedFile>> file = SealedFile::Create("anchors");
  ASSERT_THAT(file, IsOk());
  const int descriptor = open((*file)->path().c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor >= 0) {
    EXPECT_LT(write(descriptor, "X", 1), 0);
    EXPECT_NE(ftruncate(descriptor, 0), 0);
    close(descriptor);
  }
  EXPECT_EQ(Read((*file)->path()), "anchors");
}

}  // namespace
}  // namespace cardvault
