#include "cli/json_text.h"

#include <gtest/gtest.h>

namespace cardvault::cli {
namespace {

TEST(PrettyJsonTest, PutsOneMemberALineAndKeepsNumbersAsWritten) {
  EXPECT_EQ(PrettyJson(R"({"amount":1.00,"card":{"pan":"41"},"empty":null,"list":[1,true]})"),
            "{\n  \"amount\": 1.00,\n  \"card\": {\n    \"pan\": \"41\"\n  },\n"
            "  \"empty\": null,\n  \"list\": [\n    1,\n    true\n  ]\n}");
}

TEST(PrettyJsonTest, WhatIsNoJsonComesBackAsItIs) {
  EXPECT_EQ(PrettyJson("status=approved"), "status=approved");
  EXPECT_EQ(PrettyJson(""), "");
  EXPECT_EQ(PrettyJson("{\"a\":1}x"), "{\"a\":1}x");
}

}  // namespace
}  // namespace cardvault::cli
