#ifndef CARDVAULT_KEYS_TESTING_VECTOR_FILE_H_
#define CARDVAULT_KEYS_TESTING_VECTOR_FILE_H_

#include <map>
#include <string>
#include <vector>

namespace cardvault {

// Where Debian's python3-cryptography-vectors puts its files.
inline constexpr char kVectorRoot[] = "/usr/lib/python3/dist-packages/cryptography_vectors/";

// One test case of a file in NIST's CAVP form: its `Name = value` lines, those of the `[Name =
// value]` lines above it, and "FAIL" when the line `FAIL` stands in it. Values are as written.
using VectorCase = std::map<std::string, std::string>;

// The cases of the file at kVectorRoot + `path`; a case begins with the line whose name is
// `first_name`. Fails the test and returns nothing when the file cannot be read.
std::vector<VectorCase> ReadVectorFile(const std::string& path, const std::string& first_name);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_VECTOR_FILE_H_
