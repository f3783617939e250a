#include "card/brand.h"

#include <array>
#include <iterator>

namespace cardvault {
namespace {

// Numbers whose first `prefix_size` digits lie in [low, high] and that have length_min to
// length_max digits; 13, 16 and 19 alone for Visa.
struct IssuerRange {
  int prefix_size;
  int low;
  int high;
  size_t length_min;
  size_t length_max;
  Brand brand;
};

// Sources: ISO/IEC 7812-2 gives ranges to schemes; each scheme publishes its own, and Wikipedia,
// "Payment card number", section "Issuer identification number", collects them. No two overlap.
constexpr IssuerRange kRanges[] = {
    // Visa Core Rules: account numbers begin with 4.
    {1, 4, 4, 13, 19, Brand::kVisa},
    // Mastercard Rules and "2-Series BIN" announcement.
    {2, 51, 55, 16, 16, Brand::kMastercard},
    {4, 2221, 2720, 16, 16, Brand::kMastercard},
    // American Express network specifications.
    {2, 34, 34, 15, 15, Brand::kAmex},
    {2, 37, 37, 15, 15, Brand::kAmex},
    // Discover Global Network, "IIN Range Update". What it runs for UnionPay under 62 stands there.
    {4, 6011, 6011, 16, 19, Brand::kDiscover},
    {3, 644, 649, 16, 19, Brand::kDiscover},
    {2, 65, 65, 16, 19, Brand::kDiscover},
    // The same bulletin for Diners Club International.
    {2, 36, 36, 14, 19, Brand::kDiners},
    {2, 38, 39, 14, 19, Brand::kDiners},
    {3, 300, 305, 14, 19, Brand::kDiners},
    {4, 3095, 3095, 14, 19, Brand::kDiners},
    // JCB, "Card numbers".
    {4, 3528, 3589, 16, 19, Brand::kJcb},
    // UnionPay International: 62, and 8100 to 8171.
    {2, 62, 62, 16, 19, Brand::kUnionPay},
    {4, 8100, 8171, 16, 19, Brand::kUnionPay},
    // Mastercard Rules, Maestro: also domestic 6304 and 6390, and 67.
    {2, 50, 50, 12, 19, Brand::kMaestro},
    {2, 56, 58, 12, 19, Brand::kMaestro},
    {4, 6304, 6304, 12, 19, Brand::kMaestro},
    {4, 6390, 6390, 12, 19, Brand::kMaestro},
    {2, 67, 67, 12, 19, Brand::kMaestro},
    // NSPK, Mir.
    {4, 2200, 2204, 16, 19, Brand::kMir},
    // Nobody: 9 is for national use, and no country has the code 999 (ISO/IEC 7812-1).
    {6, 999999, 999999, 16, 16, Brand::kSandbox},
};

constexpr int kPrefixSize = 6;
constexpr size_t kMinLength = 12;

// A prefix of `size` digits filled up to six with `digit`.
constexpr int FilledUp(int prefix, int size, int digit) {
  for (; size < kPrefixSize; ++size) prefix = 10 * prefix + digit;
  return prefix;
}

constexpr int Lowest(const IssuerRange& range) { return FilledUp(range.low, range.prefix_size, 0); }
constexpr int Highest(const IssuerRange& range) {
  return FilledUp(range.high, range.prefix_size, 9);
}

constexpr bool NoTwoOverlap() {
  for (const IssuerRange& a : kRanges) {
    for (const IssuerRange& b : kRanges) {
      if (&a != &b && Lowest(a) <= Highest(b) && Lowest(b) <= Highest(a)) return false;
    }
  }
  return true;
}
static_assert(NoTwoOverlap());

// What the six leading digits say, worked out by the compiler: free text asks this for many
// stretches of digits.
struct PrefixRange {
  int lowest;
  int highest;
};
constexpr auto kPrefixRanges = [] {
  std::array<PrefixRange, std::size(kRanges)> prefixes{};
  for (size_t i = 0; i < prefixes.size(); ++i) {
    prefixes[i] = {Lowest(kRanges[i]), Highest(kRanges[i])};
  }
  return prefixes;
}();

bool LengthFits(const IssuerRange& range, size_t length) {
  if (range.brand == Brand::kVisa && length != 13 && length != 16 && length != 19) return false;
  return range.length_min <= length && length <= range.length_max;
}

}  // namespace

absl::string_view BrandName(Brand brand) {
  switch (brand) {
    case Brand::kUnknown:
      return "UNKNOWN";
    case Brand::kVisa:
      return "VISA";
    case Brand::kMastercard:
      return "MASTERCARD";
    case Brand::kAmex:
      return "AMEX";
    case Brand::kDiscover:
      return "DISCOVER";
    case Brand::kDiners:
      return "DINERS";
    case Brand::kJcb:
      return "JCB";
    case Brand::kUnionPay:
      return "UNIONPAY";
    case Brand::kMaestro:
      return "MAESTRO";
    case Brand::kMir:
      return "MIR";
    case Brand::kSandbox:
      return "SANDBOX";
  }
  return "UNKNOWN";
}

absl::string_view SafeForLog(Brand brand) { return BrandName(brand); }

Brand BrandOf(absl::string_view digits) {
  if (digits.size() < kMinLength) return Brand::kUnknown;
  int prefix = 0;
  for (int i = 0; i < kPrefixSize; ++i) prefix = 10 * prefix + (digits[i] - '0');
  for (size_t i = 0; i < kPrefixRanges.size(); ++i) {
    if (kPrefixRanges[i].lowest <= prefix && prefix <= kPrefixRanges[i].highest) {
      return LengthFits(kRanges[i], digits.size()) ? kRanges[i].brand : Brand::kUnknown;
    }
  }
  return Brand::kUnknown;
}

bool InKnownIssuerRange(absl::string_view digits) { return BrandOf(digits) != Brand::kUnknown; }

size_t CvvLengthOf(Brand brand) {
  switch (brand) {
    case Brand::kUnknown:
      return 0;
    case Brand::kAmex:
      return 4;
    default:
      return 3;
  }
}

}  // namespace cardvault
