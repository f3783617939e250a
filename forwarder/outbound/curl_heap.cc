#include "forwarder/outbound/curl_heap.h"

#include <curl/curl.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// libcurl's smallest upload buffer.
constexpr size_t kLargeBlock = 16 * 1024;

std::atomic<size_t> allocation_count{0};

ABSL_CONST_INIT absl::Mutex mutex(absl::kConstInit);

// Large blocks by address, with their sizes. Never destroyed: libcurl's threads may outlive main.
std::map<char*, size_t>& Blocks() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
  static auto& blocks = *new std::map<char*, size_t>();
  return blocks;
}

void Remember(void* block) {
  if (block == nullptr) return;
  const size_t size = malloc_usable_size(block);
  if (size < kLargeBlock) return;
  absl::MutexLock lock(&mutex);
  Blocks()[static_cast<char*>(block)] = size;
}

// Forgets a block that is about to go; its bytes go first.
void Forget(void* block) {
  if (block == nullptr) return;
  const size_t size = malloc_usable_size(block);
  if (size < kLargeBlock) return;
  {
    absl::MutexLock lock(&mutex);
    Blocks().erase(static_cast<char*>(block));
  }
  OPENSSL_cleanse(block, size);
}

void* Allocate(size_t size) {
  void* const block = std::malloc(size);
  Remember(block);
  return block;
}

void* AllocateZeros(size_t count, size_t size) {
  ++allocation_count;
  void* const block = std::calloc(count, size);
  Remember(block);
  return block;
}

void Free(void* block) {
  Forget(block);
  std::free(block);
}

// Never in place when a large block is concerned, so that nothing is left where it was.
void* Reallocate(void* old, size_t size) {
  if (old == nullptr) return Allocate(size);
  const size_t old_size = malloc_usable_size(old);
  if (old_size < kLargeBlock && size < kLargeBlock) return std::realloc(old, size);
  void* const block = Allocate(size);
  if (block == nullptr) return nullptr;
  std::memcpy(block, old, std::min(size, old_size));
  Free(old);
  return block;
}

char* Duplicate(const char* text) {
  const size_t size = std::strlen(text) + 1;
  void* const block = Allocate(size);
  if (block != nullptr) std::memcpy(block, text, size);
  return static_cast<char*>(block);
}

}  // namespace

absl::Status CurlHeap::Install() {
  static const bool is_installed = [] {
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, Allocate, Free, Reallocate, Duplicate,
                             AllocateZeros) != CURLE_OK) {
      return false;
    }
    // After somebody else's initialisation the call changes nothing and says nothing of it.
    const size_t before = allocation_count;
    curl_easy_cleanup(curl_easy_init());
    return allocation_count > before;
  }();
  if (!is_installed) return Internal(ErrorReason::kInternal, "libcurl cannot be initialised");
  return absl::OkStatus();
}

void CurlHeap::CleanseIfHeld(char* place, size_t size) {
  if (place == nullptr || size == 0) return;
  absl::MutexLock lock(&mutex);
  const auto after = Blocks().upper_bound(place);
  if (after == Blocks().begin()) return;
  const auto& [begin, block_size] = *std::prev(after);
  const size_t offset = static_cast<size_t>(place - begin);
  if (offset < block_size) OPENSSL_cleanse(place, std::min(size, block_size - offset));
}

size_t CurlHeap::large_block_count() {
  absl::MutexLock lock(&mutex);
  return Blocks().size();
}

}  // namespace cardvault
