#ifndef CARDVAULT_BASE_SHA256_H_
#define CARDVAULT_BASE_SHA256_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault {

inline constexpr size_t kSha256Size = 32;

// SHA-256 (FIPS 180-4) as 32 bytes. For ids and digests of what is public: not a MAC, and never
// over a card number, whose plain hash can be searched. Thread-safe.
std::string Sha256(absl::string_view bytes);

// The same of bytes that come in parts. Not thread-safe.
class Sha256Stream final {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void Update(absl::string_view bytes);
  std::string Finish();  // once; nothing is called after it

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace cardvault

#endif  // CARDVAULT_BASE_SHA256_H_
