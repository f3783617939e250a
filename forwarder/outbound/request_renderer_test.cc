#include "forwarder/outbound/request_renderer.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/access/secret_bytes_access.h"
#include "card/brand.h"
#include "card/expiry.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

SlotValues MakeValues(const std::string& name = "Jane \"J\" Doe") {
  SlotValues values(absl::FromUnixSeconds(1700000000));
  values.SetPan(*Pan::Parse(kVisaTestPan));
  values.SetCvv(*Cvv::Parse("568", Brand::kVisa));
  values.SetProfile({*Expiry::Create(3, 2031), name});
  return values;
}

std::string Render(const PlanObject& body, const LastMember* last = nullptr) {
  const SlotValues values = MakeValues();
  const auto rendered = RenderBody(body, values, last);
  EXPECT_THAT(rendered, IsOk());
  if (!rendered.ok()) return "";
  const absl::string_view view = SecretBytesAccess::View(*rendered);
  return std::string(view.data(), view.size());
}

TEST(RequestRendererTest, WritesMembersInOrderWithSlotsFilled) {
  const PlanObject body = {
      {"cascade_id", std::string("c-1")},
      {"payment", PlanObject{{"amount", int64_t{1500}}, {"test", true}, {"empty", PlanObject{}}}},
      {"card", PlanObject{{"pan", PlanSlot::kPan},
                          {"year", PlanSlot::kExpiryYear},
                          {"month", PlanSlot::kExpiryMonth},
                          {"card_holder", PlanSlot::kCardholderName},
                          {"cvv", PlanSlot::kCvv}}},
      {"exp", PlanSlot::kExpiryMmSlashYyyy},
      {"timestamp", PlanSlot::kTimestampSeconds},
  };
  EXPECT_EQ(Render(body),
            absl::StrCat(R"({"cascade_id":"c-1","payment":{"amount":1500,"test":true,"empty":{}},)",
                         R"("card":{"pan":")", kVisaTestPan,
                         R"(","year":2031,"month":3,"card_holder":"Jane \"J\" Doe","cvv":"568"},)",
                         R"("exp":"03/2031","timestamp":1700000000})"));
}

TEST(RequestRendererTest, WritesTheLastMemberBehindAllOthers) {
  const LastMember last{"signature", "abc"};
  EXPECT_EQ(Render({{"a", int64_t{-1}}}, &last), R"({"a":-1,"signature":"abc"})");
  EXPECT_EQ(Render({}, &last), R"({"signature":"abc"})");
}

TEST(RequestRendererTest, KeepsIntegersExactAndEscapesText) {
  EXPECT_EQ(Render({{"min", std::numeric_limits<int64_t>::min()},
                    {"max", std::numeric_limits<int64_t>::max()},
                    {"text", std::string("a\\\n\x01/\xc3\xa9")}}),
            "{\"min\":-9223372036854775808,\"max\":9223372036854775807,"
            "\"text\":\"a\\\\\\n\\u0001/\xc3\xa9\"}");
}

TEST(RequestRendererTest, RefusesTextThatIsNotUtf8) {
  const SlotValues values = MakeValues("J\xffne");
  EXPECT_THAT(RenderBody({{"a", std::string("\xc3\x28")}}, values, nullptr),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(RenderBody({{"a", PlanSlot::kCardholderName}}, values, nullptr),
              StatusIs(absl::StatusCode::kInternal));
}

TEST(RequestRendererTest, RefusesAnEmptySlot) {
  const SlotValues values(absl::FromUnixSeconds(1700000000));
  EXPECT_FALSE(RenderBody({{"pan", PlanSlot::kPan}}, values, nullptr).ok());
  EXPECT_FALSE(RenderBody({{"card", PlanObject{{"cvv", PlanSlot::kCvv}}}}, values, nullptr).ok());
}

}  // namespace
}  // namespace cardvault
