#include "forwarder/iso_country.h"

namespace cardvault {
namespace {

// ISO 3166-1 by the first letter: the second letters that are assigned behind it.
constexpr absl::string_view kSecondLetters[26] = {
    "DEFGILMOQRSTUWXZ",         // A
    "ABDEFGHIJLMNOQRSTVWYZ",    // B
    "ACDFGHIKLMNORUVWXYZ",      // C
    "EJKMOZ",                   // D
    "CEGHRST",                  // E
    "IJKMOR",                   // F
    "ABDEFGHILMNPQRSTUWY",      // G
    "KMNRTU",                   // H
    "DELMNOQRST",               // I
    "EMOP",                     // J
    "EGHIMNPRWYZ",              // K
    "ABCIKRSTUVY",              // L
    "ACDEFGHKLMNOPQRSTUVWXYZ",  // M
    "ACEFGILOPRUZ",             // N
    "M",                        // O
    "AEFGHKLMNRSTWY",           // P
    "A",                        // Q
    "EOSUW",                    // R
    "ABCDEGHIJKLMNORSTVXYZ",    // S
    "CDFGHJKLMNORTVWZ",         // T
    "AGMSYZ",                   // U
    "ACEGINU",                  // V
    "FS",                       // W
    "",                         // X
    "ET",                       // Y
    "AMW",                      // Z
};

}  // namespace

bool IsCountryCode(absl::string_view code) {
  if (code.size() != 2 || code[0] < 'A' || code[0] > 'Z') return false;
  return kSecondLetters[code[0] - 'A'].find(code[1]) != absl::string_view::npos;
}

}  // namespace cardvault
