#ifndef CARDVAULT_KEYS_TESTING_SEED_H_
#define CARDVAULT_KEYS_TESTING_SEED_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace cardvault {

// A generator for a test with random inputs: another seed each run, printed, so that a failure can
// be run again with CARDVAULT_TEST_SEED set to it. Not for keys.
inline std::mt19937_64 SeededGenerator() {
  uint64_t seed = std::random_device{}();
  if (const char* const given = std::getenv("CARDVAULT_TEST_SEED")) {
    seed = std::strtoull(given, nullptr, 10);
  }
  std::cout << "CARDVAULT_TEST_SEED=" << seed << std::endl;
  return std::mt19937_64(seed);
}

inline std::string RandomString(std::mt19937_64& generator, size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(generator());
  return text;
}

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_TESTING_SEED_H_
