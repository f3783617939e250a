#include "keys/key_material.h"

#include <openssl/crypto.h>

#include <cstring>
#include <ostream>
#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"

namespace cardvault {
namespace {

// The smallest block of the heap: a key.
constexpr size_t kSmallestBlock = kKeySize;

bool MakeKeyHeap() {
  // Somebody was first: OpenSSL has one such heap per process.
  if (CRYPTO_secure_malloc_initialized() == 1) return true;
  // 2 means made, but not locked or not guarded: keys do not go there.
  const int made = CRYPTO_secure_malloc_init(kKeyHeapSize, kSmallestBlock);
  if (made == 2) CRYPTO_secure_malloc_done();
  return made == 1;
}

absl::Status KeyHeapReady() {
  static const bool ready = MakeKeyHeap();  // once per process
  if (!ready) {
    return ResourceExhausted(
        ErrorReason::kLimit,
        "the heap for keys cannot be locked in memory: raise RLIMIT_MEMLOCK to 8 MiB or more");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyMaterial>> KeyMaterial::Allocate(size_t size_bytes) {
  CV_CHECK(size_bytes > 0);
  RETURN_IF_ERROR(KeyHeapReady());
  auto* const data = static_cast<char*>(OPENSSL_secure_zalloc(size_bytes));
  if (data == nullptr) {
    return ResourceExhausted(ErrorReason::kLimit, "the heap for keys is full");
  }
  return std::unique_ptr<KeyMaterial>(new KeyMaterial(data, size_bytes));
}

absl::StatusOr<std::shared_ptr<const KeyMaterial>> KeyMaterial::Generate() {
  ASSIGN_OR_RETURN(std::unique_ptr<KeyMaterial> material, Allocate(kKeySize));
  FillSecretRandom(material->data_, material->size_);
  return std::shared_ptr<const KeyMaterial>(std::move(material));
}

absl::StatusOr<std::shared_ptr<const KeyMaterial>> KeyMaterial::CopyOf(absl::string_view bytes) {
  ASSIGN_OR_RETURN(std::unique_ptr<KeyMaterial> material, Allocate(bytes.size()));
  std::memcpy(material->data_, bytes.data(), bytes.size());
  return std::shared_ptr<const KeyMaterial>(std::move(material));
}

KeyMaterial::~KeyMaterial() { OPENSSL_secure_clear_free(data_, size_); }

void PrintTo(const KeyMaterial& material, std::ostream* os) {
  *os << "[key of " << material.size() << " bytes]";
}

}  // namespace cardvault
