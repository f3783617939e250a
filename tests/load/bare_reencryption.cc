#include "tests/load/bare_reencryption.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"

namespace cardvault::testing {
namespace {

constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kKeySize = 32;
constexpr size_t kAssociatedDataSize = 150;  // docs/formats/card_record.md has its parts

using Bytes = unsigned char*;

}  // namespace

class BareReencryption::Impl {
 public:
  Impl(const std::string& directory, BareSizes sizes) : sizes_(sizes) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    options.allow_concurrent_memtable_write = false;
    CV_CHECK(rocksdb::DB::Open(options, directory, &db_).ok());
    for (EVP_CIPHER_CTX** context : {&opener_, &sealer_}) {
      *context = EVP_CIPHER_CTX_new();
      const std::string key = Random(kKeySize);
      CV_CHECK(EVP_CipherInit_ex(*context, EVP_aes_256_gcm(), nullptr,
                                 reinterpret_cast<const unsigned char*>(key.data()), nullptr,
                                 1) == 1);
    }
    // One sealed field under the earlier key, which is opened again and again.
    nonce_ = Random(kNonceSize);
    sealed_.resize(sizes_.plaintext_size);
    tag_.resize(kTagSize);
    Seal(opener_, nonce_, std::string(sizes_.plaintext_size, 'x'), sealed_, tag_);
  }
  ~Impl() {
    EVP_CIPHER_CTX_free(opener_);
    EVP_CIPHER_CTX_free(sealer_);
    delete db_;
  }

  void Run(int rows) {
    std::string plaintext(sizes_.plaintext_size, '\0');
    std::string key(sizes_.key_size, '\0');
    std::string value(sizes_.value_size, 'v');
    std::string nonce(kNonceSize, '\0');
    std::string sealed(sizes_.plaintext_size, '\0');
    std::string tag(kTagSize, '\0');
    rocksdb::WriteOptions write;
    write.sync = true;
    for (int row = 0; row < rows;) {
      rocksdb::WriteBatch batch;
      for (int i = 0; i < sizes_.rows_per_batch && row < rows; ++i, ++row) {
        Open(plaintext);
        CV_CHECK(RAND_bytes(reinterpret_cast<Bytes>(nonce.data()), kNonceSize) == 1);
        Seal(sealer_, nonce, plaintext, sealed, tag);
        value.replace(0, sealed.size(), sealed);
        // In order of key, as a pass over a table comes by.
        for (size_t b = 0; b < 4; ++b) key[b] = static_cast<char>(row >> (24 - 8 * b));
        CV_CHECK(batch.Put(key, value).ok());
      }
      CV_CHECK(db_->Write(write, &batch).ok());
    }
  }

 private:
  static std::string Random(size_t size) {
    std::string bytes(size, '\0');
    CV_CHECK(RAND_bytes(reinterpret_cast<Bytes>(bytes.data()), static_cast<int>(size)) == 1);
    return bytes;
  }

  static const unsigned char* View(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }

  void Seal(EVP_CIPHER_CTX* context, const std::string& nonce, const std::string& plaintext,
            std::string& sealed, std::string& tag) const {
    int size = 0;
    unsigned char none[kTagSize];
    CV_CHECK(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, View(nonce)) == 1);
    CV_CHECK(EVP_EncryptUpdate(context, nullptr, &size, View(associated_data_),
                               kAssociatedDataSize) == 1);
    CV_CHECK(EVP_EncryptUpdate(context, reinterpret_cast<Bytes>(sealed.data()), &size,
                               View(plaintext), static_cast<int>(plaintext.size())) == 1);
    CV_CHECK(EVP_EncryptFinal_ex(context, none, &size) == 1);
    CV_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagSize, tag.data()) == 1);
  }

  void Open(std::string& plaintext) {
    int size = 0;
    unsigned char none[kTagSize];
    CV_CHECK(EVP_DecryptInit_ex(opener_, nullptr, nullptr, nullptr, View(nonce_)) == 1);
    CV_CHECK(EVP_CIPHER_CTX_ctrl(opener_, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag_.data()) == 1);
    CV_CHECK(EVP_DecryptUpdate(opener_, nullptr, &size, View(associated_data_),
                               kAssociatedDataSize) == 1);
    CV_CHECK(EVP_DecryptUpdate(opener_, reinterpret_cast<Bytes>(plaintext.data()), &size,
                               View(sealed_), static_cast<int>(sealed_.size())) == 1);
    CV_CHECK(EVP_DecryptFinal_ex(opener_, none, &size) == 1);
  }

  const BareSizes sizes_;
  const std::string associated_data_ = std::string(kAssociatedDataSize, 'a');
  rocksdb::DB* db_ = nullptr;
  EVP_CIPHER_CTX* opener_ = nullptr;
  EVP_CIPHER_CTX* sealer_ = nullptr;
  std::string nonce_;
  std::string sealed_;
  std::string tag_;
};

BareReencryption::BareReencryption(const std::string& directory, BareSizes sizes)
    : impl_(std::make_unique<Impl>(directory, sizes)) {}

BareReencryption::~BareReencryption() = default;

void BareReencryption::Run(int rows) { impl_->Run(rows); }

}  // namespace cardvault::testing
