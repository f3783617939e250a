#ifndef CARDVAULT_CLI_SECRET_INPUT_H_
#define CARDVAULT_CLI_SECRET_INPUT_H_

#include <optional>
#include <string>

#include "base/secret_bytes.h"

namespace cardvault::cli {

// The longest secret line that is read: a credential has at most 4096 bytes.
inline constexpr size_t kMaxSecretLine = 4096;
// A private key of RSA with 16384 bits takes 13 KiB.
inline constexpr size_t kMaxSecretFile = size_t{16} << 10;

// Where a secret comes from.
struct SecretSource {
  const char* name;    // "card number"
  const char* option;  // "--number-fd"
  int fd;              // what that says; negative: the terminal
};

// What can be told about a source before anything is read or connected, "" when all is well: the
// number of a descriptor that is not open would soon be that of a socket.
std::string SourceMistake(const SecretSource& source);

// Reads one line, without its end: from the descriptor, or from the terminal without echo after a
// prompt. Without a value, `mistake` says why. Secrets never come from arguments or the
// environment.
std::optional<SecretBytes> ReadSecretLine(const SecretSource& source, std::string& mistake);

// Reads a whole file that its owner alone may read. Without a value, `mistake` says why.
std::optional<SecretBytes> ReadSecretFile(const std::string& path, std::string& mistake);

// Overwrites all that a text holds or held, without a way around for the compiler.
void CleanseText(std::string& text);

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
