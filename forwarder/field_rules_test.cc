#include "forwarder/field_rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

auto IsFieldInvalid() {
  return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
}

TEST(FieldRulesTest, CharacterCountCountsCharactersNotBytes) {
  EXPECT_EQ(CharacterCount(""), 0u);
  EXPECT_EQ(CharacterCount("abc"), 3u);
  EXPECT_EQ(CharacterCount("\xC3\xBC\xE2\x82\xAC"), 2u);
  EXPECT_EQ(CharacterCount("a\xFF"), 2u);
}

TEST(FieldRulesTest, CheckLengthTakesTheLimitAndNamesTheFieldBeyond) {
  EXPECT_THAT(CheckLength(std::string(25, 'x'), 25, "customer.first_name"), IsOk());
  const absl::Status status = CheckLength(std::string(26, 'x'), 25, "customer.first_name");
  EXPECT_THAT(status, IsFieldInvalid());
  EXPECT_EQ(FieldOf(status), "customer.first_name");
}

TEST(FieldRulesTest, CheckPresentRefusesEmpty) {
  EXPECT_THAT(CheckPresent("x", "route"), IsOk());
  EXPECT_THAT(CheckPresent("", "route"),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldMissing));
}

TEST(FieldRulesTest, CheckEmail) {
  for (const char* good : {"", "a@example.com", "a.b+c@x.y.example"}) {
    EXPECT_THAT(CheckEmail(good, "customer.email"), IsOk()) << good;
  }
  for (const char* bad : {"a", "@example.com", "a@", "a@example", "a@.com", "a@example.", "a b@x.y",
                          "a@@x.y", "a@x@y.z"}) {
    EXPECT_THAT(CheckEmail(bad, "customer.email"), IsFieldInvalid()) << bad;
  }
}

TEST(FieldRulesTest, CheckIpAddress) {
  for (const char* good : {"", "198.51.100.24", "2001:db8::1", "::1"}) {
    EXPECT_THAT(CheckIpAddress(good, "customer.ip_address"), IsOk()) << good;
  }
  for (const char* bad : {"198.51.100", "198.51.100.256", "2001:db8", "host", " 198.51.100.24"}) {
    EXPECT_THAT(CheckIpAddress(bad, "customer.ip_address"), IsFieldInvalid()) << bad;
  }
  EXPECT_THAT(CheckIpAddress(absl::string_view("198.51.100.24\0x", 15), "customer.ip_address"),
              IsFieldInvalid());
}

TEST(FieldRulesTest, CheckHttpsUrl) {
  for (const char* good : {"", "https://m.example", "https://m.example:8443/n?a=b#c"}) {
    EXPECT_THAT(CheckHttpsUrl(good, "urls.notification_url"), IsOk()) << good;
  }
  for (const char* bad : {"http://m.example/n", "HTTPS://m.example", "https://", "https:///n",
                          "https://u:p@m.example/", "https://:8443/", "javascript:alert(1)",
                          "https://m.example/a b", "m.example", "https://m.example/\n"}) {
    EXPECT_THAT(CheckHttpsUrl(bad, "urls.notification_url"), IsFieldInvalid()) << bad;
  }
}

TEST(FieldRulesTest, ParseDateTakesCalendarDatesAlone) {
  EXPECT_EQ(ParseDate("1980-02-29"), absl::CivilDay(1980, 2, 29));
  for (const char* bad : {"", "1981-02-29", "1980-13-01", "1980-00-10", "1980-01-00", "1899-12-31",
                          "80-01-01", "1980/01/01", "1980-1-01", "1980-01-0x", "+980-01-01"}) {
    EXPECT_EQ(ParseDate(bad), std::nullopt) << bad;
  }
}

TEST(FieldRulesTest, PhoneDigitsAndDummies) {
  EXPECT_EQ(PhoneDigits("+1 (212) 555-0142"), "12125550142");
  for (const char* dummy : {"000000", "1111111", "123456", "1234567890", "987654", "890123"}) {
    EXPECT_TRUE(IsDummyDigits(dummy)) << dummy;
  }
  for (const char* real : {"12125550142", "112233", "123457", "654322"}) {
    EXPECT_FALSE(IsDummyDigits(real)) << real;
  }
}

}  // namespace
}  // namespace cardvault
