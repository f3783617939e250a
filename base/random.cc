#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>

#include "absl/types/span.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"

namespace cardvault {
namespace {

constexpr size_t kMaxRequest = std::numeric_limits<int>::max();
// OpenSSL's generator takes about a microsecond a call, whatever is asked for, which is as much as
// it takes to encrypt a card with the nonce. So what is small is cut from a block of 40 nonces.
constexpr size_t kBlockSize = 480;
constexpr size_t kMaxCut = 32;  // the largest id

void Draw(char* out, size_t size_bytes) {
  CV_CHECK(size_bytes <= kMaxRequest);
  CV_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out), static_cast<int>(size_bytes)) == 1);
}

// How many forks this process is away from the first: a child must not go on with its parent's
// block, or both would use the same nonces.
std::atomic<uint64_t> forks = 0;

// Random bytes drawn ahead, of one thread.
class Block final {
 public:
  // Whoever asks behind the end of its thread gets new bytes, never the cleansed ones.
  ~Block() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    *const_cast<volatile size_t*>(&used_) = kBlockSize;
  }

  void Cut(char* out, size_t size_bytes) {
    const uint64_t now = forks.load(std::memory_order_relaxed);
    if (now != forks_ || bytes_.size() - used_ < size_bytes) {
      Draw(bytes_.data(), bytes_.size());
      used_ = 0;
      forks_ = now;
    }
    std::memcpy(out, bytes_.data() + used_, size_bytes);
    used_ += size_bytes;
  }

 private:
  std::array<char, kBlockSize> bytes_ = {};
  size_t used_ = kBlockSize;
  uint64_t forks_ = 0;
};

bool WatchForks() {
  CV_CHECK(pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); }) == 0);
  return true;
}

}  // namespace

void FillRandom(char* out, size_t size_bytes) {
  if (size_bytes > kMaxCut) {
    Draw(out, size_bytes);
    return;
  }
  static const bool watches = WatchForks();  // before the first block is drawn
  CV_CHECK(watches);
  thread_local Block block;
  block.Cut(out, size_bytes);
}

std::string RandomBytes(size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  FillRandom(bytes.data(), bytes.size());
  return bytes;
}

void FillSecretRandom(char* out, size_t size_bytes) {
  CV_CHECK(size_bytes <= kMaxRequest);
  CV_CHECK(RAND_priv_bytes(reinterpret_cast<unsigned char*>(out), static_cast<int>(size_bytes)) ==
           1);
}

SecretBytes RandomSecretBytes(size_t size_bytes) {
  SecretBytes bytes = SecretBytes::Zeros(size_bytes);
  const absl::Span<char> out = SecretBytesAccess::Mutable(bytes);
  FillSecretRandom(out.data(), out.size());
  return bytes;
}

}  // namespace cardvault
