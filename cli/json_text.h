#ifndef CARDVAULT_CLI_JSON_TEXT_H_
#define CARDVAULT_CLI_JSON_TEXT_H_

#include <string>

namespace cardvault::cli {

// A JSON text with one member a line, numbers as they were written; what is no JSON comes back as
// it is.
std::string PrettyJson(const std::string& text);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_JSON_TEXT_H_
