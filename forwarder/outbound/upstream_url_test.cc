#include "forwarder/outbound/upstream_url.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

TEST(UpstreamUrlTest, JoinsBaseAndPath) {
  const auto plain = JoinUpstreamUrl("https://gateway.example", "/api/process");
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(plain->url, "https://gateway.example/api/process");
  EXPECT_EQ(plain->host, "gateway.example");
  EXPECT_EQ(plain->path, "/api/process");

  const auto prefixed = JoinUpstreamUrl("https://127.0.0.1:8443/stage/v1/", "/api/process");
  ASSERT_THAT(prefixed, IsOk());
  EXPECT_EQ(prefixed->url, "https://127.0.0.1:8443/stage/v1/api/process");
  EXPECT_EQ(prefixed->host, "127.0.0.1:8443");
  EXPECT_EQ(prefixed->path, "/stage/v1/api/process");

  EXPECT_EQ(JoinUpstreamUrl("https://[2001:db8::1]:8443", "/a")->host, "[2001:db8::1]:8443");
}

TEST(UpstreamUrlTest, DefaultPortIsLeftOut) {
  EXPECT_EQ(JoinUpstreamUrl("https://gateway.example:443", "/a")->host, "gateway.example");
  EXPECT_EQ(JoinUpstreamUrl("https://[::1]:443/x", "/a")->url, "https://[::1]/x/a");
}

TEST(UpstreamUrlTest, RefusesWhatIsNotABaseUrl) {
  for (const absl::string_view base : {"",
                                       "gateway.example",
                                       "http://gateway.example",
                                       "HTTPS://gateway.example",
                                       "https://",
                                       "https:///a",
                                       "https://user@gateway.example",
                                       "https://user:secret@gateway.example",
                                       "https://gateway.example?x=1",
                                       "https://gateway.example/#a",
                                       "https://gateway.example:0",
                                       "https://gateway.example:65536",
                                       "https://gateway.example:",
                                       "https://gateway.example:8a",
                                       "https://gate way.example",
                                       "https://gateway.example\r\nX: y",
                                       "https://gateway.example\\a",
                                       "https://[::1",
                                       "https://[]",
                                       "https://[::1]x",
                                       "https://g\xc3\xa4teway.example",
                                       "https://gateway_.example",
                                       "https://a/{b}"}) {
    EXPECT_THAT(JoinUpstreamUrl(base, "/a"), StatusIs(absl::StatusCode::kFailedPrecondition))
        << base;
  }
}

TEST(UpstreamUrlTest, RefusesWhatIsNotAPath) {
  for (const absl::string_view path : {"", "a", "/a?b", "/a#b", "/a b", "/a\nb", "/\x7f"}) {
    EXPECT_THAT(JoinUpstreamUrl("https://gateway.example", path),
                StatusIs(absl::StatusCode::kFailedPrecondition))
        << path;
  }
}

}  // namespace
}  // namespace cardvault
