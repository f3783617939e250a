#ifndef CARDVAULT_KEYS_TESTING_HEX_FILE_H_
#define CARDVAULT_KEYS_TESTING_HEX_FILE_H_

#include <string>

namespace cardvault {

// The bytes of a file of hexadecimal lines; lines that begin with '#' are words. Fails the test
// when the file cannot be read.
std::string ReadHexFile(const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_HEX_FILE_H_
