#include "cli/import_input.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

namespace cardvault::cli {
namespace {

// Not in one piece: a whole number would look like a card in the source.
const std::string kPan = std::string("999999") + "0000000006";

// An input on a pipe.
class Piped final {
 public:
  explicit Piped(std::string text) {
    EXPECT_EQ(pipe(ends_), 0);
    writer_ = std::thread([this, text = std::move(text)] {
      size_t at = 0;
      while (at < text.size()) {
        const ssize_t wrote = write(ends_[1], text.data() + at, text.size() - at);
        if (wrote <= 0) break;
        at += static_cast<size_t>(wrote);
      }
      close(ends_[1]);
    });
    lines_.emplace(ends_[0], stop_);
    input_.emplace(*lines_, columns_);
  }
  ~Piped() {
    close(ends_[0]);
    writer_.join();
  }
  ImportInput& input() { return *input_; }
  ImportColumns& columns() { return columns_; }

 private:
  int ends_[2] = {};
  std::atomic<bool> stop_ = false;
  std::thread writer_;
  ImportColumns columns_;
  std::optional<LineReader> lines_;
  std::optional<ImportInput> input_;
};

std::string Mistake(const std::string& text) {
  Piped piped(text);
  const std::string mistake = piped.input().Open(InputFormat::kDetect);
  EXPECT_EQ(mistake.find(kPan), std::string::npos) << mistake;
  return mistake;
}

std::string Cards(int count, const std::string& more) {
  std::string text;
  for (int i = 0; i < count; ++i) text += kPan + ",12/2035" + more + "\n";
  return text;
}

TEST(ImportInputTest, BadRowsStandAmongGoodOnesWithTheirNumbers) {
  Piped piped("\xef\xbb\xbfpan,expiry\n" + Cards(1, "") + "\n\"broken\n" + "too,many,fields\n" +
              std::string(kMaxInputLine + 1, 'x') + "\n" + Cards(300, ""));
  ASSERT_EQ(piped.input().Open(InputFormat::kDetect), "");
  int good = 0;
  std::vector<int64_t> bad_lines;
  for (;;) {
    const ImportInput::Got got = piped.input().Next();
    if (got == ImportInput::Got::kEnd) break;
    if (got == ImportInput::Got::kRow) {
      ++good;
      v1::ImportRow row;
      EXPECT_STREQ(piped.columns().Fill(piped.input().fields(), row), "");
      EXPECT_EQ(row.number(), kPan);
      EXPECT_EQ(row.expiry_year(), 2035);
    } else {
      ASSERT_EQ(got, ImportInput::Got::kBadRow);
      bad_lines.push_back(piped.input().line());
    }
  }
  EXPECT_EQ(good, 301);
  EXPECT_EQ(bad_lines, (std::vector<int64_t>{4, 5, 6}));
  EXPECT_EQ(piped.input().row(), 304);
}

TEST(ImportInputTest, ColumnsThatAreNamedLikeSadRefuseTheWholeInput) {
  EXPECT_NE(Mistake("pan,expiry,CVV2\n" + Cards(1, ",1")).find("`CVV2`"), std::string::npos);
  EXPECT_NE(Mistake("pan,expiry,Track 2\n" + Cards(1, ",")), "");
  EXPECT_NE(Mistake("{\"pan\":\"" + kPan + "\",\"expiry\":\"12/35\",\"cvc\":1}\n"), "");
}

TEST(ImportInputTest, ColumnsThatLookLikeCvvsRefuseTheWholeInput) {
  const std::string mistake = Mistake("pan,expiry,extra\n" + Cards(150, ",123"));
  EXPECT_NE(mistake.find("`extra`"), std::string::npos) << mistake;
  EXPECT_EQ(mistake.find("123"), std::string::npos);
  EXPECT_NE(Mistake("pan,expiry,label.note\n" + Cards(3, ",1234")), "");
  EXPECT_NE(Mistake("{\"pan\":\"9\",\"expiry\":\"1\",\"x\":\"123\"}\n"), "");
  EXPECT_EQ(Mistake("pan,expiry,extra\n" + Cards(3, ",123") + Cards(1, ",12345")), "");
  EXPECT_EQ(Mistake("pan,expiry,customer id\n" + Cards(3, ",123")), "");
}

TEST(ImportInputTest, TrackDataRefusesTheInputOrLaterTheRow) {
  const std::string track = ";" + kPan + "=35121010000?";
  EXPECT_NE(Mistake("pan,expiry,x\n" + Cards(3, ",a") + Cards(1, "," + track)), "");
  Piped piped("pan,expiry,x\n" + Cards(400, ",a") + Cards(1, "," + track) + Cards(1, ",a"));
  ASSERT_EQ(piped.input().Open(InputFormat::kDetect), "");
  int good = 0;
  int bad = 0;
  for (ImportInput::Got got; (got = piped.input().Next()) != ImportInput::Got::kEnd;) {
    ++(got == ImportInput::Got::kRow ? good : bad);
  }
  EXPECT_EQ(good, 401);
  EXPECT_EQ(bad, 1);
}

TEST(ImportInputTest, AHeaderIsNeededAndARowInItsPlaceIsNotRepeated) {
  EXPECT_NE(Mistake(""), "");
  EXPECT_NE(Mistake(Cards(2, "")), "");
  EXPECT_NE(Mistake("expiry,name\n12/35,x\n"), "");
  EXPECT_NE(Mistake("pan,name\n1,x\n"), "");
  EXPECT_NE(Mistake("pan,PAN,expiry\n1,2,12/35\n"), "");
  EXPECT_NE(Mistake("pan,expiry," + kPan + "," + kPan + "\n"), "");
}

TEST(ImportInputTest, MappedColumnsComeFirst) {
  Piped piped("CardNumber,pan,valid\n" + kPan + ",old one,2035-07\n");
  ASSERT_EQ(piped.columns().Map("pan=CardNumber"), "");
  ASSERT_EQ(piped.columns().Map("expiry=valid"), "");
  EXPECT_NE(piped.columns().Map("cvv=x"), "");
  ASSERT_EQ(piped.input().Open(InputFormat::kDetect), "");
  ASSERT_EQ(piped.input().Next(), ImportInput::Got::kRow);
  v1::ImportRow row;
  EXPECT_STREQ(piped.columns().Fill(piped.input().fields(), row), "");
  EXPECT_EQ(row.number(), kPan);
  EXPECT_EQ(row.expiry_month(), 7);
}

}  // namespace
}  // namespace cardvault::cli
