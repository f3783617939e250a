#include "cli/row_text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace cardvault::cli {
namespace {

std::vector<std::string> Csv(std::string line) {
  std::vector<absl::string_view> values;
  const char* const problem = ParseCsvLine(line, values);
  if (problem != nullptr) return {"!", problem};
  return {values.begin(), values.end()};
}

std::vector<std::pair<std::string, std::string>> Json(std::string line) {
  std::vector<RowField> fields;
  const char* const problem = ParseJsonLine(line, fields);
  if (problem != nullptr) return {{"!", problem}};
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const RowField& field : fields) {
    pairs.emplace_back(std::string(field.name), std::string(field.value));
  }
  return pairs;
}

using Values = std::vector<std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(RowTextTest, CsvWithQuotes) {
  EXPECT_EQ(Csv("a,b,c"), (Values{"a", "b", "c"}));
  EXPECT_EQ(Csv(",x,"), (Values{"", "x", ""}));
  EXPECT_EQ(Csv("\"Doe, Jane\",\"say \"\"hi\"\"\",\"\""), (Values{"Doe, Jane", "say \"hi\"", ""}));
  EXPECT_EQ(Csv(""), (Values{""}));
}

TEST(RowTextTest, CsvThatIsNone) {
  EXPECT_EQ(Csv("\"open,b")[0], "!");
  EXPECT_EQ(Csv("\"a\"b,c")[0], "!");
  EXPECT_EQ(Csv("a\"b,c")[0], "!");
  EXPECT_EQ(Csv("a\xff,b")[0], "!");
  EXPECT_EQ(Csv(std::string("a\0b", 3))[0], "!");
  EXPECT_EQ(Csv(std::string(100, ','))[0], "!");
}

TEST(RowTextTest, JsonObjectsKeepNumbersAsWritten) {
  EXPECT_EQ(Json(R"({"pan":"9999","year": 2031, "n":007e, "x":null})")[0].first, "!");
  EXPECT_EQ(Json(R"({"pan":"9999","big":12345678901234567890,"x":null,"b":true,"u":"\u00e9"})"),
            (Pairs{{"pan", "9999"},
                   {"big", "12345678901234567890"},
                   {"x", ""},
                   {"b", "true"},
                   {"u", "\xc3\xa9"}}));
  EXPECT_EQ(Json("{}"), Pairs{});
}

TEST(RowTextTest, JsonThatIsNoFlatObject) {
  for (const char* line : {"", "[]", "1", R"({"a":{"b":1}})", R"({"a":[1]})", R"({"a":1}{"b":2})",
                           R"({"a":1)", R"({"a":1,"a":2})", "{\"a\":\"\xff\"}"}) {
    const Pairs pairs = Json(line);
    ASSERT_EQ(pairs.size(), 1u) << line;
    EXPECT_EQ(pairs[0].first, "!") << line;
  }
}

}  // namespace
}  // namespace cardvault::cli
