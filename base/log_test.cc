#include "base/log.h"

#include <rapidjson/document.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The allow-list: no run-time string gets in. A run-time const char* is refused by consteval,
// which no expression can ask about: see card/misuse_test.sh.
template <typename T>
concept Loggable = requires(LogEvent& event, const T& value) {
  event.With("name", value);
};
static_assert(Loggable<int>);
static_assert(Loggable<bool>);
static_assert(Loggable<uint64_t>);
static_assert(Loggable<absl::Duration>);
static_assert(Loggable<absl::Status>);
static_assert(Loggable<MerchantId>);
static_assert(Loggable<ErrorText>);
static_assert(!Loggable<std::string>);
static_assert(!Loggable<std::string_view>);
static_assert(!Loggable<absl::string_view>);
static_assert(!Loggable<std::vector<int>>);
static_assert(!Loggable<double>);
static_assert(!Loggable<void*>);
enum class Undeclared { kOne };
static_assert(!Loggable<Undeclared>);
template <typename T>
concept NamesAField = requires(LogEvent& event, const T& name) {
  event.With(name, 1);
};
static_assert(!NamesAField<std::string>);
static_assert(!NamesAField<absl::string_view>);

// A type of a room that says it is safe, with whatever bytes.
struct Anything {
  std::string text;
  friend absl::string_view SafeForLog(const Anything& a) { return a.text; }
};

// What `log` writes, one JSON document a line.
template <typename Log>
std::string Capture(const Log& log) {
  ::testing::internal::CaptureStderr();
  log();
  return ::testing::internal::GetCapturedStderr();
}

rapidjson::Document Parse(const std::string& line) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
  EXPECT_FALSE(document.HasParseError()) << line;
  EXPECT_TRUE(document.IsObject()) << line;
  return document;
}

TEST(LogEventTest, WritesOneJsonObjectALine) {
  const std::string line = Capture([] {
    LogEvent(LogLevel::kInfo, "server.listening")
        .With("port", 8443)
        .With("ready", true)
        .With("count", std::numeric_limits<uint64_t>::max())
        .With("least", std::numeric_limits<int64_t>::min())
        .With("mode", "sandbox")
        .With("took", absl::Milliseconds(1500))
        .With("merchant", MerchantId::Parse("acme", "merchant").value());
  });
  ASSERT_FALSE(line.empty());
  EXPECT_EQ(line.back(), '\n');
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const rapidjson::Document json = Parse(line);
  EXPECT_STREQ(json["level"].GetString(), "info");
  EXPECT_STREQ(json["event"].GetString(), "server.listening");
  EXPECT_EQ(json["port"].GetInt(), 8443);
  EXPECT_TRUE(json["ready"].GetBool());
  EXPECT_EQ(json["count"].GetUint64(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(json["least"].GetInt64(), std::numeric_limits<int64_t>::min());
  EXPECT_STREQ(json["mode"].GetString(), "sandbox");
  EXPECT_STREQ(json["took"].GetString(), "1.5s");
  EXPECT_STREQ(json["merchant"].GetString(), "acme");
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, json["time"].GetString(), &time, &error))
      << error;
}

TEST(LogEventTest, EveryByteStaysInsideItsString) {
  for (int c = 0; c < 256; ++c) {
    const Anything value{std::string("a") + static_cast<char>(c) + "b"};
    const std::string line =
        Capture([&] { LogEvent(LogLevel::kInfo, "e").With("value", value).With("after", 1); });
    EXPECT_EQ(line.find('\n'), line.size() - 1) << c;
    const rapidjson::Document json = Parse(line);
    EXPECT_EQ(json["after"].GetInt(), 1);
    const std::string read(json["value"].GetString(), json["value"].GetStringLength());
    EXPECT_EQ(read, c < 0x80 ? value.text
                             : "a\xef\xbf\xbd"
                               "b")
        << c;
  }
}

TEST(LogEventTest, InjectedFieldsStayText) {
  const Anything value{"x\",\"level\":\"error\",\"y\":\"\n{}"};
  const rapidjson::Document json =
      Parse(Capture([&] { LogEvent(LogLevel::kInfo, "e").With("value", value); }));
  EXPECT_STREQ(json["level"].GetString(), "info");
  EXPECT_EQ(std::string(json["value"].GetString()), value.text);
}

TEST(LogEventTest, ValidUtf8IsKept) {
  const Anything value{"Zo\xc3\xab \xf0\x9f\x92\xb3"};
  const rapidjson::Document json =
      Parse(Capture([&] { LogEvent(LogLevel::kInfo, "e").With("value", value); }));
  EXPECT_EQ(std::string(json["value"].GetString()), value.text);
}

TEST(LogEventTest, StatusShowsCodeReasonFieldAndText) {
  const rapidjson::Document json = Parse(Capture([] {
    LogEvent(LogLevel::kWarning, "refused")
        .With("status", InvalidArgument(ErrorReason::kPanInvalid, "card.number", "the text"));
  }));
  EXPECT_STREQ(json["status"]["code"].GetString(), "INVALID_ARGUMENT");
  EXPECT_STREQ(json["status"]["reason"].GetString(), "PAN_INVALID");
  EXPECT_STREQ(json["status"]["field"].GetString(), "card.number");
  EXPECT_STREQ(json["status"]["text"].GetString(), "the text");
}

TEST(LogEventTest, TextOfAForeignStatusIsNotShown) {
  const std::string line = Capture([] {
    LogEvent(LogLevel::kError, "failed")
        .With("status", absl::InternalError("a library quotes its topsecret input"));
  });
  EXPECT_THAT(line, Not(HasSubstr("topsecret")));
  EXPECT_STREQ(Parse(line)["status"]["code"].GetString(), "INTERNAL");
}

TEST(LogEventTest, LinesBelowTheLevelAreDropped) {
  EXPECT_EQ(Capture([] { LogEvent(LogLevel::kDebug, "e"); }), "");
  SetLogLevel(LogLevel::kError);
  EXPECT_EQ(Capture([] { LogEvent(LogLevel::kWarning, "e"); }), "");
  EXPECT_NE(Capture([] { LogEvent(LogLevel::kError, "e"); }), "");
  SetLogLevel(LogLevel::kDebug);
  EXPECT_NE(Capture([] { LogEvent(LogLevel::kDebug, "e"); }), "");
  SetLogLevel(LogLevel::kInfo);
}

TEST(LogEventTest, LinesOfManyThreadsDoNotMix) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  const std::string all = Capture([] {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([i] {
        const Anything filling{std::string(300, static_cast<char>('a' + i))};
        for (int j = 0; j < kLines; ++j) {
          LogEvent(LogLevel::kInfo, "e").With("thread", i).With("filling", filling);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  int count = 0;
  for (const absl::string_view line : absl::StrSplit(all, '\n', absl::SkipEmpty())) {
    Parse(std::string(line));
    ++count;
  }
  EXPECT_EQ(count, kThreads * kLines);
}

TEST(ConfiguredPathTest, IsShown) {
  const rapidjson::Document json = Parse(Capture([] {
    LogEvent(LogLevel::kError, "config.unreadable").With("path", ConfiguredPath{"/etc/cv.yaml"});
  }));
  EXPECT_STREQ(json["path"].GetString(), "/etc/cv.yaml");
}

}  // namespace
}  // namespace cardvault
