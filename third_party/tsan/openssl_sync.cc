// Tells ThreadSanitizer what OpenSSL's secure heap does.
//
// Debian's OpenSSL is not instrumented, and what it locks is left out (tools/tsan.supp), so
// ThreadSanitizer does not see that a block is handed out only after it was given back: one
// thread's key seems to meet another's in the same bytes. As in abseil_sync.cc, the definitions
// below stand in front of the library's own, as <openssl/crypto.h> declares them.

#include <dlfcn.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

extern "C" {

void __tsan_acquire(void* address);
void __tsan_release(void* address);

static void* Real(const char* name) {
  void* symbol = dlsym(RTLD_NEXT, name);
  if (symbol == nullptr) {
    std::fprintf(stderr, "tsan: OpenSSL has no %s\n", name);
    std::abort();
  }
  return symbol;
}

// Stands for the heap's one lock.
static char secure_heap;

void* CRYPTO_secure_zalloc(size_t size, const char* file, int line) {
  static const auto real =
      reinterpret_cast<decltype(&CRYPTO_secure_zalloc)>(Real("CRYPTO_secure_zalloc"));
  void* const block = real(size, file, line);
  __tsan_acquire(&secure_heap);
  return block;
}

void CRYPTO_secure_clear_free(void* block, size_t size, const char* file, int line) {
  static const auto real =
      reinterpret_cast<decltype(&CRYPTO_secure_clear_free)>(Real("CRYPTO_secure_clear_free"));
  __tsan_release(&secure_heap);
  real(block, size, file, line);
}

}  // extern "C"
