#ifndef CARDVAULT_FORWARDER_TESTING_ROUTE_MISTAKES_H_
#define CARDVAULT_FORWARDER_TESTING_ROUTE_MISTAKES_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "forwarder/route.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {

inline void PrintTo(const RouteMistake& mistake, std::ostream* os) {
  *os << mistake.line << " " << mistake.key << ": " << mistake.problem;
}

// A RouteMistake at a line and a key whose sentence holds `problem`.
MATCHER_P3(Mistake, line, key, problem, "") {
  return arg.line == line && arg.key == key &&
         absl::string_view(arg.problem).find(problem) != absl::string_view::npos;
}

inline std::string Changed(absl::string_view document, absl::string_view from,
                           absl::string_view to) {
  EXPECT_THAT(std::string(document), ::testing::HasSubstr(std::string(from)));
  return absl::StrReplaceAll(document, {{from, to}});
}

inline std::vector<RouteMistake> MistakesOf(absl::string_view document) {
  const ParsedRoute parsed = ParseRoute(document);
  EXPECT_EQ(parsed.route == nullptr, !parsed.mistakes.empty());
  return parsed.mistakes;
}

// One change of a right document, and the one mistake it is.
inline void ExpectMistake(absl::string_view document, absl::string_view from, absl::string_view to,
                          int line, const char* key, const char* problem) {
  SCOPED_TRACE(absl::StrCat(from, " -> ", to));
  EXPECT_THAT(MistakesOf(Changed(document, from, to)),
              ::testing::ElementsAre(Mistake(line, key, problem)));
}

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_TESTING_ROUTE_MISTAKES_H_
