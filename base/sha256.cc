#include "base/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace cardvault {

std::string Sha256(absl::string_view bytes) {
  std::string digest(kSha256Size, '\0');
  unsigned int size = 0;
  CV_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                      &size, EVP_sha256(), nullptr) == 1);
  CV_CHECK(size == kSha256Size);
  return digest;
}

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  CV_CHECK(state_->context != nullptr);
  CV_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(state_->context); }

void Sha256Stream::Update(absl::string_view bytes) {
  CV_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256Stream::Finish() {
  std::string digest(kSha256Size, '\0');
  CV_CHECK(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(digest.data()),
                              nullptr) == 1);
  return digest;
}

}  // namespace cardvault
