#include "keys/custody/secret_sharing.h"

extern "C" {  // which the header does not say itself
#include <libgfshare.h>
}

#include <bitset>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "keys/key_material.h"
#include "keys/key_material_access.h"

namespace cardvault {
namespace {

// What libgfshare draws coefficients with, and overwrites its buffers with before it frees them
// (gfshare_ctx_free of 2.0.0: buffer, coordinates, context). It has no way to report a failure:
// FillSecretRandom ends the process.
void FillForShares(unsigned char* out, unsigned int size_bytes) {
  FillSecretRandom(reinterpret_cast<char*>(out), size_bytes);
}

void UseOpenSslGenerator() {
  // One variable of the whole process: written once, before the first use.
  [[maybe_unused]] static const bool done = [] {
    gfshare_fill_rand = &FillForShares;
    return true;
  }();
}

struct ContextDeleter {
  void operator()(gfshare_ctx* context) const { gfshare_ctx_free(context); }  // overwrites
};
using ContextPtr = std::unique_ptr<gfshare_ctx, ContextDeleter>;

// libgfshare takes what it only reads as not const.
unsigned char* Bytes(absl::string_view bytes) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
}

unsigned char* MutableBytes(SecretBytes& bytes) {
  return reinterpret_cast<unsigned char*>(SecretBytesAccess::Mutable(bytes).data());
}

// Distinct, and never 0: the value there is the secret.
std::string RandomCoordinates(uint32_t count) {
  std::string coordinates;
  std::bitset<256> taken;
  taken.set(0);
  while (coordinates.size() < count) {
    char coordinate = 0;
    FillRandom(&coordinate, 1);
    const auto place = static_cast<unsigned char>(coordinate);
    if (taken.test(place)) continue;
    taken.set(place);
    coordinates.push_back(coordinate);
  }
  return coordinates;
}

absl::Status NoMemory() {
  return ResourceExhausted(ErrorReason::kLimit, "there is no memory to work with key shares");
}

}  // namespace

absl::Status CheckShareNumbers(uint32_t threshold, size_t share_count) {
  if (threshold < kMinShareThreshold) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "threshold",
                           "fewer than two shares are no split knowledge: the threshold is at "
                           "least 2");
  }
  if (share_count > kMaxShareCount) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "custodians",
                           "a key has at most 16 custodians");
  }
  if (threshold > share_count) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "threshold",
                           "the threshold is above the number of custodians");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SecretBytes>> SplitKey(const KeyMaterial& key, uint32_t threshold,
                                                  uint32_t share_count) {
  CV_CHECK(key.size() == kKeySize);
  RETURN_IF_ERROR(CheckShareNumbers(threshold, share_count));
  UseOpenSslGenerator();
  const std::string coordinates = RandomCoordinates(share_count);
  const ContextPtr context(gfshare_ctx_init_enc(Bytes(coordinates), share_count,
                                                static_cast<unsigned char>(threshold), kKeySize));
  if (context == nullptr) return NoMemory();
  gfshare_ctx_enc_setsecret(context.get(), Bytes(KeyMaterialAccess::View(key)));
  std::vector<SecretBytes> shares;
  for (uint32_t i = 0; i < share_count; ++i) {
    SecretBytes share = SecretBytes::Zeros(kShareSize);
    unsigned char* const out = MutableBytes(share);
    out[0] = static_cast<unsigned char>(coordinates[i]);
    gfshare_ctx_enc_getshare(context.get(), static_cast<unsigned char>(i), out + 1);
    shares.push_back(std::move(share));
  }
  return shares;
}

absl::StatusOr<std::shared_ptr<const KeyMaterial>> CombineKey(
    absl::Span<const std::shared_ptr<const KeyMaterial>> shares) {
  RETURN_IF_ERROR(CheckShareNumbers(static_cast<uint32_t>(shares.size()), shares.size()));
  std::string coordinates;
  for (const auto& share : shares) {
    if (share->size() != kShareSize) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "share",
                             "a share does not have the size of one");
    }
    const char coordinate = KeyMaterialAccess::View(*share)[0];
    if (coordinate == '\0' ||
        absl::string_view(coordinates).find(coordinate) != absl::string_view::npos) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "share",
                             "the shares are not of distinct places");
    }
    coordinates.push_back(coordinate);
  }
  UseOpenSslGenerator();
  const auto count = static_cast<unsigned int>(shares.size());
  const ContextPtr context(gfshare_ctx_init_dec(Bytes(coordinates), count, kKeySize));
  if (context == nullptr) return NoMemory();
  for (unsigned int i = 0; i < count; ++i) {
    gfshare_ctx_dec_giveshare(context.get(), static_cast<unsigned char>(i),
                              Bytes(KeyMaterialAccess::View(*shares[i]).substr(1)));
  }
  SecretBytes key = SecretBytes::Zeros(kKeySize);
  gfshare_ctx_dec_extract(context.get(), MutableBytes(key));
  return KeyMaterial::CopyOf(SecretBytesAccess::View(key));
}

}  // namespace cardvault
