#include "tests/testing/card_generator.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "card/luhn.h"

namespace cardvault {
namespace {

constexpr uint64_t kAccounts = 1'000'000'000;  // nine digits

std::string Digits(uint64_t value, int count) {
  char text[24];
  const int size = std::snprintf(text, sizeof(text), "%0*" PRIu64, count, value);
  CV_CHECK(size == count);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

CardGenerator::CardGenerator(uint64_t seed) : seed_(seed), random_(seed) {
  account_ = Below(kAccounts);
  // Prime to 10, so that each account comes once in a billion, and the last three digits of a
  // thousand in a row are all different. Large, so that neighbours look unlike.
  constexpr int kLastDigits[] = {1, 3, 7, 9};
  step_ = kAccounts / 10 + Below(kAccounts / 100) * 10 + kLastDigits[Below(4)];
}

CardGenerator CardGenerator::FromEnvironment() {
  const char* const text = std::getenv("CARDVAULT_TEST_SEED");
  uint64_t seed;
  if (text != nullptr) {
    seed = std::strtoull(text, nullptr, 10);
  } else {
    std::random_device device;
    seed = static_cast<uint64_t>(device()) << 32 | device();
  }
  std::printf("CARDVAULT_TEST_SEED=%" PRIu64 "\n", seed);
  std::fflush(stdout);
  return CardGenerator(seed);
}

std::string CardGenerator::Pan() {
  account_ = (account_ + step_) % kAccounts;
  std::string pan = "999999" + Digits(account_, 9);
  pan.push_back(LuhnCheckDigit(pan));
  return pan;
}

std::string CardGenerator::Cvv() { return Digits(Below(1'000), 3); }

std::string CardGenerator::Cvv4() { return Digits(Below(10'000), 4); }

int CardGenerator::ExpiryMonth() { return 1 + static_cast<int>(Below(12)); }

int CardGenerator::ExpiryYear() { return 2031 + static_cast<int>(Below(15)); }

uint64_t CardGenerator::Below(uint64_t limit) {
  // Not std::uniform_int_distribution, whose results a library may choose. The bias is of no
  // matter here.
  return random_() % limit;
}

}  // namespace cardvault
