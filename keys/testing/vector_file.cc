#include "keys/testing/vector_file.h"

#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

// "Name = value"; false for any other line.
bool SplitAssignment(absl::string_view line, std::string& name, std::string& value) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(line, absl::MaxSplits('=', 1));
  if (!absl::StrContains(line, '=')) return false;
  name = std::string(absl::StripAsciiWhitespace(parts.first));
  value = std::string(absl::StripAsciiWhitespace(parts.second));
  return true;
}

}  // namespace

std::vector<VectorCase> ReadVectorFile(const std::string& path, const std::string& first_name) {
  std::ifstream file(kVectorRoot + path);
  EXPECT_TRUE(file.is_open()) << "install python3-cryptography-vectors: no " << path;
  std::vector<VectorCase> cases;
  VectorCase section;
  std::string raw;
  while (std::getline(file, raw)) {
    absl::string_view line = absl::StripAsciiWhitespace(raw);
    if (line.empty() || line[0] == '#') continue;
    std::string name;
    std::string value;
    if (line.front() == '[' && line.back() == ']') {
      line = line.substr(1, line.size() - 2);
      if (SplitAssignment(line, name, value)) section[name] = value;
    } else if (line == "FAIL") {
      if (!cases.empty()) cases.back()["FAIL"] = "";
    } else if (SplitAssignment(line, name, value)) {
      if (name == first_name) cases.push_back(section);
      if (!cases.empty()) cases.back()[name] = value;
    }
  }
  return cases;
}

}  // namespace cardvault
