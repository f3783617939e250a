#ifndef CARDVAULT_TESTS_TESTING_CARD_GENERATOR_H_
#define CARDVAULT_TESTS_TESTING_CARD_GENERATOR_H_

#include <cstdint>
#include <random>
#include <string>

namespace cardvault {

// The one source of many card numbers: 16 digits, Luhn-valid, under 999999, which no issuer has.
// The same seed gives the same cards on every machine. Not thread-safe.
//
// Numbers do not repeat within a billion, and of any 10,000 in a row at most ten share their last
// four digits, so that as many cards of one merchant stay below the enumeration guard.
class CardGenerator final {
 public:
  explicit CardGenerator(uint64_t seed);

  // The seed is $CARDVAULT_TEST_SEED when it is set, else a new one; printed to standard output, so
  // that a failure can be played again.
  static CardGenerator FromEnvironment();

  uint64_t seed() const { return seed_; }

  std::string Pan();
  std::string Cvv();   // three digits
  std::string Cvv4();  // four, as American Express has
  int ExpiryMonth();   // 1 to 12
  int ExpiryYear();    // 2031 to 2045: in the future for FakeClock and for years to come

 private:
  uint64_t Below(uint64_t limit);

  uint64_t seed_;
  std::mt19937_64 random_;
  // The account number steps through all residues of 10^9.
  uint64_t account_;
  uint64_t step_;
};

}  // namespace cardvault

#endif  // CARDVAULT_TESTS_TESTING_CARD_GENERATOR_H_
