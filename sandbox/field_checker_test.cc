#include "sandbox/field_checker.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace cardvault::sandbox {
namespace {

class FieldCheckerTest : public testing::Test {
 protected:
  std::string Problem() const { return problem_ ? problem_->Text() : ""; }
  std::optional<FieldProblem> problem_;
};

TEST_F(FieldCheckerTest, StringTellsWhatIsWrong) {
  struct Case {
    const char* json;
    const char* problem;
  };
  for (const Case& test :
       {Case{"{}", "a: required"}, Case{R"({"a":null})", "a: required"},
        Case{R"({"a":1})", "a: must be a string"}, Case{R"({"a":""})", "a: must not be empty"},
        Case{R"({"a":"xxxx"})", "a: longer than 3"}, Case{R"({"a":"ééé"})", ""}}) {
    const JsonValue object = JsonValue::Parse(test.json).value();
    problem_.reset();
    FieldChecker(object, problem_).String("a", Presence::kRequired, 3);
    EXPECT_EQ(Problem(), test.problem);
  }
}

TEST_F(FieldCheckerTest, IntegerTakesOnlyPlainIntegers) {
  for (const char* json : {R"({"a":"5"})", R"({"a":5.0})", R"({"a":5e0})", R"({"a":-5})",
                           R"({"a":true})", R"({"a":[5]})"}) {
    const JsonValue object = JsonValue::Parse(json).value();
    problem_.reset();
    EXPECT_FALSE(FieldChecker(object, problem_).Integer("a", Presence::kRequired, 1, 12));
    EXPECT_EQ(Problem(), "a: must be an integer") << json;
  }
  for (const char* json : {R"({"a":0})", R"({"a":13})", R"({"a":99999999999999999999})"}) {
    const JsonValue object = JsonValue::Parse(json).value();
    problem_.reset();
    EXPECT_FALSE(FieldChecker(object, problem_).Integer("a", Presence::kRequired, 1, 12));
    EXPECT_EQ(Problem(), "a: out of range") << json;
  }
}

TEST_F(FieldCheckerTest, NamesNestedFieldsByTheirPath) {
  const JsonValue object = JsonValue::Parse(R"({"card":{}})").value();
  FieldChecker fields(object, problem_);
  FieldChecker card(fields, "card");
  card.String("pan", Presence::kRequired, 19);
  EXPECT_EQ(Problem(), "card.pan: required");
}

TEST_F(FieldCheckerTest, KeepsTheFirstProblem) {
  const JsonValue object = JsonValue::Parse("{}").value();
  FieldChecker fields(object, problem_);
  fields.String("a", Presence::kRequired, 3);
  fields.String("b", Presence::kRequired, 3);
  EXPECT_EQ(Problem(), "a: required");
}

TEST_F(FieldCheckerTest, RefusesUnknownMembersWithoutShowingTheirContent) {
  const JsonValue known = JsonValue::Parse(R"({"known_by_nobody":"secret"})").value();
  FieldChecker(known, problem_).RefuseUnknownMembers();
  EXPECT_EQ(Problem(), "known_by_nobody: unknown field");
  problem_.reset();
  const JsonValue digits = JsonValue::Parse(R"({"4242":"x"})").value();
  FieldChecker(digits, problem_).RefuseUnknownMembers();
  EXPECT_EQ(Problem(), "(unnamed): unknown field");
}

}  // namespace
}  // namespace cardvault::sandbox
