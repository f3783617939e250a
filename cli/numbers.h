#ifndef CARDVAULT_CLI_NUMBERS_H_
#define CARDVAULT_CLI_NUMBERS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <string>

namespace cardvault::cli {

// What a number option takes, both ends included; `unit` is told with a mistake.
struct NumberRange {
  int64_t least = 0;
  int64_t most = std::numeric_limits<int64_t>::max();
  const char* unit = "";
};

// File descriptors that a shell can open for us.
inline constexpr NumberRange kDescriptors = {0, 65535, "a file descriptor, never a secret itself"};

// Reads plain decimal digits: no sign, no 0x; leading zeros are not octal. Throws ValidationError,
// which names the option and never the text: a secret may have been typed there.
int64_t NumberOf(const std::string& option, const std::string& text, const NumberRange& range);

// An option for a number, the only way to add one: CLI11's own conversion saturates at 2^63-1 and
// takes octal and hexadecimal.
template <typename Number>
CLI::Option* AddNumber(CLI::App* app, const std::string& option, Number& out,
                       const NumberRange& range, const std::string& help) {
  return app
      ->add_option_function<std::string>(
          option,
          [option, &out, range](const std::string& text) {
            out = static_cast<Number>(NumberOf(option, text, range));
          },
          help)
      ->type_name("NUMBER");
}

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_NUMBERS_H_
