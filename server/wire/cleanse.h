#ifndef CARDVAULT_SERVER_WIRE_CLEANSE_H_
#define CARDVAULT_SERVER_WIRE_CLEANSE_H_

#include <openssl/crypto.h>

#include <string>

namespace cardvault {

// Cleanses a string of a request when the scope ends, whatever happens before.
class Cleanse final {
 public:
  explicit Cleanse(std::string* text) : text_(text) {}
  Cleanse(const Cleanse&) = delete;
  ~Cleanse() { OPENSSL_cleanse(text_->data(), text_->capacity()); }

 private:
  std::string* const text_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_WIRE_CLEANSE_H_
