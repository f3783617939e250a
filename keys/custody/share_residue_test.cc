// Searches this process's own memory for a KEK and its shares after a ceremony. Apart from the
// other tests, and not under sanitizers, whose allocators and shadow memory it would search as
// well.

#include <memory>
#include <vector>

#include "base/access/secret_bytes_access.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "base/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "keys/custody/custodian_certificate.h"
#include "keys/custody/secret_sharing.h"
#include "keys/custody/share_collector.h"
#include "keys/custody/share_envelope.h"
#include "keys/custody/testing/test_custodian.h"
#include "keys/custody/testing/test_custody.h"
#include "keys/key_material.h"
#include "keys/key_material_access.h"
#include "keys/testing/memory_needle.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// Of a share's values, without its coordinate.
MemoryNeedle NeedleOf(const SecretBytes& share) {
  return MemoryNeedle(SecretBytesAccess::View(share).substr(1, 16));
}

// K1: libgfshare overwrites what it frees.
TEST(ShareResidueTest, SplittingAndCombiningLeaveNoCopy) {
  const auto key = *KeyMaterial::Generate();
  const MemoryNeedle key_needle(KeyMaterialAccess::View(*key).substr(0, 16));
  std::vector<MemoryNeedle> share_needles;
  std::vector<std::shared_ptr<const KeyMaterial>> held;
  {
    const auto shares = SplitKey(*key, 3, 5);
    ASSERT_THAT(shares, IsOk());
    for (const SecretBytes& share : *shares) {
      share_needles.push_back(NeedleOf(share));
      if (held.size() < 3) held.push_back(*KeyMaterial::CopyOf(SecretBytesAccess::View(share)));
    }
  }
  EXPECT_EQ(key_needle.Count(), 1);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(share_needles[i].Count(), i < 3 ? 1 : 0);
  {
    const auto combined = CombineKey(held);
    ASSERT_THAT(combined, IsOk());
    EXPECT_EQ(key_needle.Count(), 2);
  }
  held.clear();
  EXPECT_EQ(key_needle.Count(), 1);
  for (const MemoryNeedle& needle : share_needles) EXPECT_EQ(needle.Count(), 0);
}

// Right after each call, before others use the same stack and heap.
TEST(ShareResidueTest, SealingAndOpeningAnEnvelopeLeaveNoCopy) {
  const TestCustodian custodian("1");
  const auto certificate =
      CustodianCertificate::Parse(custodian.certificate_pem, custodian.identity, FakeClock().Now());
  ASSERT_THAT(certificate, IsOk());
  // At the far end of a long content: what is freed is written over from its beginning.
  SecretBytes content = RandomSecretBytes(kMaxEnvelopeContentSize - 1);
  const MemoryNeedle needle(SecretBytesAccess::View(content).substr(1000, 16));
  const auto envelope = SealToCertificate(content, *certificate);
  EXPECT_EQ(needle.Count(), 1);
  ASSERT_THAT(envelope, IsOk());
  content.Wipe();
  EXPECT_EQ(needle.Count(), 0);
  {
    const auto opened = OpenEnvelope(*envelope, custodian.private_key_pem, nullptr);
    EXPECT_EQ(needle.Count(), 1);
    ASSERT_THAT(opened, IsOk());
  }
  EXPECT_EQ(needle.Count(), 0);
}

// K1, K10: from the making through the custodians' opening and submission to the KEK.
TEST(ShareResidueTest, ACeremonyLeavesNoShare) {
  const FakeClock clock;
  const TestCustody custody(2, 3);
  std::vector<MemoryNeedle> needles;
  for (size_t i = 0; i < 3; ++i) {
    const SecretBytes share = custody.ShareBytes(i);
    needles.push_back(NeedleOf(share));
    EXPECT_EQ(needles.back().Count(), 1);
  }
  for (const MemoryNeedle& needle : needles) EXPECT_EQ(needle.Count(), 0);
  ShareCollector collector(custody.made.record, clock);
  ASSERT_THAT(collector.Submit(custody.Identity(0), custody.ShareBytes(0)), IsOk());
  EXPECT_EQ(needles[0].Count(), 1);  // kept for the next
  const auto last = collector.Submit(custody.Identity(1), custody.ShareBytes(1));
  ASSERT_THAT(last, IsOk());
  ASSERT_NE(last->kek, nullptr);
  for (const MemoryNeedle& needle : needles) EXPECT_EQ(needle.Count(), 0);
}

}  // namespace
}  // namespace cardvault
