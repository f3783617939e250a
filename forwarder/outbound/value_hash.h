#ifndef CARDVAULT_FORWARDER_OUTBOUND_VALUE_HASH_H_
#define CARDVAULT_FORWARDER_OUTBOUND_VALUE_HASH_H_

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"

namespace cardvault {

// What both Praxis signatures are: values joined without a separator, then the merchant secret;
// plain SHA-384, 96 characters of lower-case hex. The joined values are streamed into the hash and
// stand nowhere as a whole. Not thread-safe.
class ValueHash final {
 public:
  ValueHash();

  void Add(absl::string_view value);

  // Once, last. FAILED_PRECONDITION for an empty secret; INTERNAL (CRYPTO).
  absl::StatusOr<std::string> Sign(const SecretBytes& secret);

 private:
  struct ContextDeleter {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }  // cleanses
  };

  std::unique_ptr<EVP_MD_CTX, ContextDeleter> context_;
  bool is_fine_ = false;
};

// Whether two signatures are the same text, in a time that depends on their sizes alone.
// Thread-safe.
bool IsSameSignature(absl::string_view expected, absl::string_view given);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_VALUE_HASH_H_
