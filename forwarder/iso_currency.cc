#include "forwarder/iso_currency.h"

namespace cardvault {
namespace {

// ISO 4217, list one, amendment 177; withdrawn codes stay out. Each code ends with a space.
constexpr size_t kCodeSize = 3;
constexpr size_t kStep = kCodeSize + 1;

constexpr absl::string_view kWithoutDigits =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF ";

constexpr absl::string_view kWithThreeDigits = "BHD IQD JOD KWD LYD OMR TND ";

constexpr absl::string_view kWithTwoDigits =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
    "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
    "TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ";

static_assert(kWithoutDigits.size() % kStep == 0);
static_assert(kWithThreeDigits.size() % kStep == 0);
static_assert(kWithTwoDigits.size() % kStep == 0);

bool Lists(absl::string_view codes, absl::string_view code) {
  for (size_t i = 0; i < codes.size(); i += kStep) {
    if (codes.substr(i, kCodeSize) == code) return true;
  }
  return false;
}

}  // namespace

std::optional<int> IsoExponent(absl::string_view currency) {
  if (currency.size() != kCodeSize) return std::nullopt;
  if (Lists(kWithTwoDigits, currency)) return 2;
  if (Lists(kWithoutDigits, currency)) return 0;
  if (Lists(kWithThreeDigits, currency)) return 3;
  return std::nullopt;
}

}  // namespace cardvault
