#include "sandbox/json_value.h"

#include <gtest/gtest.h>

#include <string>

namespace cardvault::sandbox {
namespace {

TEST(JsonValueTest, KeepsTheLiteralsOfNumbers) {
  for (const char* literal :
       {"0", "-1", "1500", "1.50", "1e3", "-0.5E-2", "1000000000000000000000001"}) {
    const auto value = JsonValue::Parse(literal);
    ASSERT_TRUE(value.ok()) << literal;
    EXPECT_TRUE(value->is_number());
    EXPECT_EQ(value->text(), literal);
  }
}

TEST(JsonValueTest, DecodesStrings) {
  const auto value = JsonValue::Parse(R"("a\"\u00e9\n")");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->text(), "a\"\xc3\xa9\n");
}

TEST(JsonValueTest, RefusesWhatIsNotOneDocument) {
  const std::string too_deep = std::string(9, '[') + std::string(9, ']');
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("{} x"), std::string("{}{}"),
        std::string("01"), std::string("'a'"), std::string("\"\xff\""), std::string("{}\0", 3),
        std::string("{}\0{}", 5), std::string(R"({"a":1,"a":2})"), too_deep}) {
    EXPECT_FALSE(JsonValue::Parse(text).ok()) << text;
  }
}

TEST(JsonValueTest, TakesTheDeepestAllowedNesting) {
  EXPECT_TRUE(JsonValue::Parse(std::string(8, '[') + std::string(8, ']')).ok());
}

TEST(JsonValueTest, WritesWhatItRead) {
  const std::string text = R"({"a":[1.0,"x",null,true,false],"b":{"c":"\""}})";
  const auto value = JsonValue::Parse(text);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->Write(), text);
}

}  // namespace
}  // namespace cardvault::sandbox
