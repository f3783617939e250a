#include "audit/tree_hash.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"

namespace cardvault {
namespace {

constexpr unsigned char kLeafPrefix = 0;
constexpr unsigned char kNodePrefix = 1;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// The thread's context, ready for the bytes of the next hash. It holds nothing secret, so that it
// may live as long as its thread.
EVP_MD_CTX* NextHash() {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // never freed
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  CV_CHECK(context != nullptr && EVP_DigestInit_ex2(context.get(), sha256, nullptr) == 1);
  return context.get();
}

void Add(EVP_MD_CTX* context, const void* bytes, size_t size) {
  CV_CHECK(EVP_DigestUpdate(context, bytes, size) == 1);
}

TreeHash Finish(EVP_MD_CTX* context) {
  TreeHash hash;
  unsigned int size = 0;
  CV_CHECK(EVP_DigestFinal_ex(context, hash.data(), &size) == 1 && size == hash.size());
  return hash;
}

}  // namespace

TreeHash LeafHash(absl::string_view entry) {
  EVP_MD_CTX* const context = NextHash();
  Add(context, &kLeafPrefix, sizeof(kLeafPrefix));
  Add(context, entry.data(), entry.size());
  return Finish(context);
}

TreeHash NodeHash(const TreeHash& left, const TreeHash& right) {
  EVP_MD_CTX* const context = NextHash();
  Add(context, &kNodePrefix, sizeof(kNodePrefix));
  Add(context, left.data(), left.size());
  Add(context, right.data(), right.size());
  return Finish(context);
}

TreeHash EmptyRoot() { return Finish(NextHash()); }

}  // namespace cardvault
