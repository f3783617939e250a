#ifndef CARDVAULT_CLI_SECRET_INPUT_H_
#define CARDVAULT_CLI_SECRET_INPUT_H_

#include <optional>
#include <string>

#include "base/secret_bytes.h"

namespace cardvault::cli {

// The longest secret line that is read: a credential has at most 4096 bytes.
inline constexpr size_t kMaxSecretLine = 4096;

// Reads one line, without its end: from the file descriptor `fd`, or, when that is negative, from
// the terminal without echo after showing `prompt`. nullopt when there is no terminal, nothing to
// read, or the line is too long. Secrets never come from arguments or the environment.
std::optional<SecretBytes> ReadSecretLine(int fd, const char* prompt);

// Puts a secret into a field of a request and takes it out again: the string is cleansed when this
// dies. Move-only by not being movable: keep it beside the request.
class SecretField final {
 public:
  SecretField(std::string* field, const SecretBytes& secret);
  SecretField(const SecretField&) = delete;
  SecretField& operator=(const SecretField&) = delete;
  ~SecretField();

 private:
  std::string* const field_;
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_SECRET_INPUT_H_
