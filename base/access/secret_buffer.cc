#include "base/access/secret_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/access/secret_bytes_access.h"

namespace cardvault {
namespace {

// Room for a typical payment request, so that it is built without growing.
constexpr size_t kFirstCapacity = 2048;

}  // namespace

SecretBuffer::SecretBuffer(SecretBuffer&& other) noexcept
    : block_(std::move(other.block_)), size_(std::exchange(other.size_, 0)) {}

SecretBuffer& SecretBuffer::operator=(SecretBuffer&& other) noexcept {
  if (this != &other) {
    block_ = std::move(other.block_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void SecretBuffer::Append(absl::string_view piece) {
  if (piece.empty()) return;
  const size_t needed = size_ + piece.size();
  if (needed <= block_.size()) {
    std::memcpy(SecretBytesAccess::Mutable(block_).data() + size_, piece.data(), piece.size());
  } else {
    SecretBytes grown = SecretBytes::Zeros(std::max({needed, 2 * block_.size(), kFirstCapacity}));
    char* const out = SecretBytesAccess::Mutable(grown).data();
    if (size_ > 0) std::memcpy(out, SecretBytesAccess::View(block_).data(), size_);
    // Before the old block goes: `piece` may be a part of it.
    std::memcpy(out + size_, piece.data(), piece.size());
    block_ = std::move(grown);
  }
  size_ = needed;
}

void SecretBuffer::Append(char c) { Append(absl::string_view(&c, 1)); }

absl::string_view SecretBuffer::View() const {
  return SecretBytesAccess::View(block_).substr(0, size_);
}

SecretBytes SecretBuffer::Release() {
  SecretBytesAccess::Truncate(block_, size_);
  size_ = 0;
  return std::move(block_);
}

}  // namespace cardvault
