#include "forwarder/outbound/canonical_template.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;
using ::testing::IsNull;

TEST(CanonicalTemplateTest, CheckTakesTheSchemesOfComparableGateways) {
  for (const absl::string_view text :
       {"{timestamp}|{nonce}|{body}", "{timestamp}{method}{path}{body}",
        "{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}",
        "{method}|{path}|{timestamp}|{body}",
        "{host} {key_id};{wallet_uid},{body_sha256_base64}"}) {
    EXPECT_THAT(CheckCanonicalTemplate(text), IsNull()) << text;
  }
}

TEST(CanonicalTemplateTest, CheckNamesTheMistake) {
  EXPECT_THAT(CheckCanonicalTemplate(""), HasSubstr("empty"));
  EXPECT_THAT(CheckCanonicalTemplate("{body}" + std::string(1024, 'x')), HasSubstr("longer"));
  EXPECT_THAT(CheckCanonicalTemplate("{bodi}"), HasSubstr("unknown placeholder"));
  EXPECT_THAT(CheckCanonicalTemplate("{}"), HasSubstr("unknown placeholder"));
  EXPECT_THAT(CheckCanonicalTemplate("{BODY}"), HasSubstr("unknown placeholder"));
  EXPECT_THAT(CheckCanonicalTemplate("{ body }"), HasSubstr("unknown placeholder"));
  EXPECT_THAT(CheckCanonicalTemplate("{{body}}"), HasSubstr("unknown placeholder"));
  EXPECT_THAT(CheckCanonicalTemplate("{body"), HasSubstr("without a }"));
  EXPECT_THAT(CheckCanonicalTemplate("body}"), HasSubstr("without a {"));
  EXPECT_THAT(CheckCanonicalTemplate("{body}}"), HasSubstr("without a {"));
  EXPECT_THAT(CheckCanonicalTemplate("body"), HasSubstr("no placeholder"));
}

TEST(CanonicalTemplateTest, ParseKeepsTheOrder) {
  const auto parsed = CanonicalTemplate::Parse("a{method}\n{body}z");
  ASSERT_THAT(parsed, IsOk());
  ASSERT_EQ(parsed->pieces().size(), 5u);
  EXPECT_EQ(parsed->pieces()[0].literal, "a");
  EXPECT_EQ(parsed->pieces()[1].part, CanonicalPart::kMethod);
  EXPECT_EQ(parsed->pieces()[2].literal, "\n");
  EXPECT_EQ(parsed->pieces()[3].part, CanonicalPart::kBody);
  EXPECT_EQ(parsed->pieces()[4].literal, "z");
}

TEST(CanonicalTemplateTest, ParseRefusesWhatCheckRefuses) {
  EXPECT_THAT(CanonicalTemplate::Parse("{bodi}"), StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace cardvault
