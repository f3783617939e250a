#include "keys/custody/custody_kek_provider.h"

#include <memory>
#include <string>

#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "keys/aead_key.h"
#include "keys/custody/custody_record.h"
#include "keys/gcm_kek_provider.h"
#include "keys/kek_provider.h"
#include "keys/key_check_value.h"
#include "keys/key_material.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

CustodyRecord TestRecord() {
  CustodyRecord record;
  record.vault_id = "vault-1";
  record.generation = 3;
  return record;
}

class CustodyKekProviderTest : public testing::Test {
 protected:
  const std::shared_ptr<const KeyMaterial> material_ = *KeyMaterial::Generate();
  const std::unique_ptr<KekProvider> kek_ = NewCustodyKekProvider(material_, TestRecord());
  const SecretBytes key_ = SecretBytes::CopyOf("a key and its binding");
};

TEST_F(CustodyKekProviderTest, IsNamedAndTellsItsKekByTheCheckValue) {
  EXPECT_EQ(kek_->name(), "custody");
  EXPECT_EQ(kek_->check_value(), KeyCheckValue(material_));
  EXPECT_EQ(kek_->generation(), 3u);
  EXPECT_EQ(kek_->record_digest(), CustodyRecordDigest(TestRecord()));
}

TEST_F(CustodyKekProviderTest, UnwrapsWhatItWrapped) {
  const auto wrapped = kek_->Wrap(key_);
  ASSERT_THAT(wrapped, IsOk());
  const auto unwrapped = NewCustodyKekProvider(material_, TestRecord())->Unwrap(*wrapped);
  ASSERT_THAT(unwrapped, IsOk());
  EXPECT_TRUE(SecretBytesAccess::View(*unwrapped) == SecretBytesAccess::View(key_));
}

TEST_F(CustodyKekProviderTest, WrapsUnderTheDocumentedLabel) {
  const auto wrapped = kek_->Wrap(key_);
  ASSERT_THAT(wrapped, IsOk());
  const AeadKey gcm(/*version=*/0, material_, /*counter=*/nullptr);
  EXPECT_THAT(gcm.Open(*wrapped, "cardvault custody kek wrap v1"), IsOk());
}

TEST_F(CustodyKekProviderTest, WhatAnotherKekOrProviderWrappedIsRefused) {
  const auto corrupt = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  const auto wrapped = kek_->Wrap(key_);
  ASSERT_THAT(wrapped, IsOk());
  EXPECT_THAT(
      NewCustodyKekProvider(*KeyMaterial::Generate(), TestRecord())->Unwrap(*wrapped).status(),
      corrupt);
  const auto file = NewGcmKekProvider("file", "cardvault file kek wrap v1", material_);
  EXPECT_THAT(file->Unwrap(*wrapped).status(), corrupt);
  std::string changed = *wrapped;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_THAT(kek_->Unwrap(changed).status(), corrupt);
}

}  // namespace
}  // namespace cardvault
