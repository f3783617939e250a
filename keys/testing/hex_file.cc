#include "keys/testing/hex_file.h"

#include <fstream>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace cardvault {

std::string ReadHexFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::string hex;
  std::string line;
  while (std::getline(file, line)) {
    if (line[0] != '#') hex += line;
  }
  return absl::HexStringToBytes(hex);
}

}  // namespace cardvault
