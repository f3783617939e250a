#include "audit/sink/file_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

class FileSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }

  static std::string Note(int size) {
    return absl::StrCat("cardvault/test/log/1\n", size, "\nroot\n\n\u2014 cardvault/test sig\n");
  }

  std::string Content() {
    std::stringstream content;
    content << std::ifstream(path_).rdbuf();
    return content.str();
  }

  // Those of the file.
  std::vector<std::string> Notes() {
    std::vector<std::string> notes;
    EXPECT_THAT(ReadNotes(path_, [&](absl::string_view note) { notes.emplace_back(note); }),
                IsOk());
    return notes;
  }

  static auto IsUnavailable() {
    return StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable);
  }

  const std::string directory_ = ::testing::TempDir() + "/sink";
  const std::string path_ = directory_ + "/checkpoints";
};

TEST_F(FileSinkTest, EachNoteFollowsTheOthersAndAnEmptyLine) {
  FileSink sink(path_);
  EXPECT_THAT(sink.Probe(), IsOk());
  ASSERT_THAT(sink.Append(Note(1)), IsOk());
  ASSERT_THAT(sink.Append(Note(2)), IsOk());
  EXPECT_EQ(Content(), Note(1) + "\n" + Note(2) + "\n");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_THAT(Notes(), ElementsAre(Note(1), Note(2)));
}

TEST_F(FileSinkTest, ALaterProcessGoesOn) {
  for (int i = 1; i <= 3; ++i) {
    FileSink sink(path_);
    ASSERT_THAT(sink.Append(Note(i)), IsOk());
  }
  EXPECT_EQ(Content(), Note(1) + "\n" + Note(2) + "\n" + Note(3) + "\n");
}

TEST_F(FileSinkTest, ThereIsNoNoteInAnEmptyOrAbsentFile) {
  EXPECT_THAT(Notes(), IsEmpty());
  std::ofstream(path_) << "";
  EXPECT_THAT(Notes(), IsEmpty());
}

// More than is read at once, cut at every place.
TEST_F(FileSinkTest, EveryNoteOfALongFileIsRead) {
  std::ofstream file(path_);
  size_t size = 0;
  int count = 0;
  while (size < (size_t{5} << 20)) {
    const std::string note = Note(++count) + "\n";
    file << note;
    size += note.size();
  }
  file.close();
  int next = 0;
  ASSERT_THAT(ReadNotes(path_, [&](absl::string_view note) { EXPECT_EQ(note, Note(++next)); }),
              IsOk());
  EXPECT_EQ(next, count);
}

// A crash cuts the last note off anywhere.
TEST_F(FileSinkTest, WhatACrashLeftOfANoteIsTakenAway) {
  const std::string before = Note(1) + "\n" + Note(2) + "\n";
  const std::string torn = Note(3) + "\n";
  for (size_t size = 0; size < torn.size(); ++size) {
    std::ofstream(path_) << before << torn.substr(0, size);
    EXPECT_THAT(Notes(), ElementsAre(Note(1), Note(2))) << size;
    FileSink sink(path_);
    ASSERT_THAT(sink.Append(Note(3)), IsOk());
    EXPECT_EQ(Content(), before + torn) << size;
  }
}

TEST_F(FileSinkTest, SomebodyElsesFileIsNotTouched) {
  for (const std::string& foreign :
       {std::string("root:x:0:0\n"), Note(1) + "\nsomething\n", std::string(100'000, 'x')}) {
    std::ofstream(path_) << foreign;
    FileSink sink(path_);
    EXPECT_THAT(sink.Append(Note(2)), IsUnavailable());
    EXPECT_EQ(Content(), foreign);
  }
}

// A7: whoever takes the file away, or makes it unwritable, is noticed at once.
TEST_F(FileSinkTest, AFileThatIsGoneIsNoticedAndNotMadeAgain) {
  FileSink sink(path_);
  ASSERT_THAT(sink.Append(Note(1)), IsOk());
  fs::remove(path_);
  EXPECT_THAT(sink.Probe(), IsUnavailable());
  EXPECT_THAT(sink.Append(Note(2)), IsUnavailable());
  EXPECT_FALSE(fs::exists(path_));

  std::ofstream(path_) << "";                  // as a rotation does
  EXPECT_THAT(sink.Probe(), IsUnavailable());  // until a note is in it
  ASSERT_THAT(sink.Append(Note(3)), IsOk());
  EXPECT_THAT(sink.Probe(), IsOk());
  EXPECT_EQ(Content(), Note(3) + "\n");
}

TEST_F(FileSinkTest, AFileWithoutTheRightToWriteIsNoticed) {
  FileSink sink(path_);
  ASSERT_THAT(sink.Append(Note(1)), IsOk());
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_THAT(sink.Probe(), IsUnavailable());
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_THAT(sink.Probe(), IsOk());
}

TEST_F(FileSinkTest, AFileThatWasCutIsNoticedUntilTheNextNote) {
  FileSink sink(path_);
  ASSERT_THAT(sink.Append(Note(1)), IsOk());
  ASSERT_THAT(sink.Append(Note(2)), IsOk());
  fs::resize_file(path_, Note(1).size() + 1);
  EXPECT_THAT(sink.Probe(), IsUnavailable());
  ASSERT_THAT(sink.Append(Note(3)), IsOk());
  EXPECT_THAT(sink.Probe(), IsOk());
}

TEST_F(FileSinkTest, ADirectoryIsNoSink) {
  fs::create_directories(path_);
  FileSink sink(path_);
  EXPECT_THAT(sink.Probe(), IsUnavailable());
  EXPECT_THAT(sink.Append(Note(1)), IsUnavailable());
}

TEST_F(FileSinkTest, APipeCarriesNotesAway) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  const int reader = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  FileSink sink(path_);
  ASSERT_THAT(sink.Append(Note(1)), IsOk());
  std::string got(Note(1).size() + 1, '\0');
  EXPECT_EQ(read(reader, got.data(), got.size()), static_cast<ssize_t>(got.size()));
  EXPECT_EQ(got, Note(1) + "\n");
  EXPECT_THAT(Notes(), IsEmpty());
  close(reader);
}

}  // namespace
}  // namespace cardvault
