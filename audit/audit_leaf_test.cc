#include "audit/audit_leaf.h"

#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "audit/action.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

AuditEntry FullEntry() {
  AuditEntry entry;
  entry.sequence = 0x0102030405060708;
  entry.time = absl::FromUnixMicros(1894708800123456);
  entry.since_boot = absl::Microseconds(3600000007);
  entry.leaf.action = AuditAction::kTokenRefused;
  entry.leaf.outcome = AuditOutcome::kRefused;
  entry.leaf.reason = ErrorReason::kTokenNotFound;
  entry.leaf.origin = {"spiffe://shop.test/merchant/m1/tokens", "tokens", "127.0.0.1:40000"};
  entry.leaf.object = "tok_test_a";
  entry.leaf.key_version = 3;
  entry.leaf.count = 12;
  return entry;
}

AuditEntry PlainEntry() {
  AuditEntry entry;
  entry.time = absl::UnixEpoch();
  entry.leaf.action = AuditAction::kLogStarted;
  return entry;
}

void ExpectSame(const AuditEntry& a, const AuditEntry& b) {
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.time, b.time);
  EXPECT_EQ(a.since_boot, b.since_boot);
  EXPECT_EQ(a.leaf.action, b.leaf.action);
  EXPECT_EQ(a.leaf.outcome, b.leaf.outcome);
  EXPECT_EQ(a.leaf.reason, b.leaf.reason);
  EXPECT_EQ(a.leaf.origin.principal, b.leaf.origin.principal);
  EXPECT_EQ(a.leaf.origin.role, b.leaf.origin.role);
  EXPECT_EQ(a.leaf.origin.address, b.leaf.origin.address);
  EXPECT_EQ(a.leaf.origin.change, b.leaf.origin.change);
  EXPECT_EQ(a.leaf.object, b.leaf.object);
  EXPECT_EQ(a.leaf.key_version, b.leaf.key_version);
  EXPECT_EQ(a.leaf.count, b.leaf.count);
}

// The bytes of docs/formats/audit_log.md: they are hashed into the tree, so they never change.
TEST(AuditLeafTest, EncodeEntryMakesTheGoldenBytes) {
  EXPECT_EQ(absl::BytesToHexString(EncodeEntry(FullEntry())),
            "01"                                  // format version
            "0102030405060708"                    // sequence
            "0006bb3a44fbf240"                    // time
            "00000000d693a407"                    // since boot
            "001d"                                // action
            "02"                                  // outcome
            "00000003"                            // key version
            "0000000c"                            // count
            "000f544f4b454e5f4e4f545f464f554e44"  // reason
            "0025737069666665"                    // principal
            "3a2f2f73686f702e746573742f6d65726368616e742f6d312f746f6b656e73"
            "0006746f6b656e73"                    // role
            "000f3132372e302e302e313a3430303030"  // address
            "000a746f6b5f746573745f61");          // object
  EXPECT_EQ(absl::BytesToHexString(EncodeEntry(PlainEntry())),
            "01"
            "0000000000000000"
            "0000000000000000"
            "0000000000000000"
            "0001"
            "01"
            "00000000"
            "00000001"
            "0000"
            "0000"
            "0000"
            "0000"
            "0000");
}

TEST(AuditLeafTest, DecodeEntryReadsBackEveryField) {
  const absl::StatusOr<AuditEntry> full = DecodeEntry(EncodeEntry(FullEntry()));
  ASSERT_THAT(full, IsOk());
  ExpectSame(*full, FullEntry());
  const absl::StatusOr<AuditEntry> plain = DecodeEntry(EncodeEntry(PlainEntry()));
  ASSERT_THAT(plain, IsOk());
  ExpectSame(*plain, PlainEntry());
}

// The version before, and the change behind it: entries that are no effects keep their bytes.
TEST(AuditLeafTest, AnEffectOfAChangeIsOfVersionTwo) {
  AuditEntry entry = FullEntry();
  const std::string without = EncodeEntry(entry);
  entry.leaf.origin.change = "k3x7m2qa";
  const std::string bytes = EncodeEntry(entry);
  EXPECT_EQ(bytes,
            absl::StrCat("\2", without.substr(1), absl::string_view("\0\10", 2), "k3x7m2qa"));
  const absl::StatusOr<AuditEntry> read = DecodeEntry(bytes);
  ASSERT_THAT(read, IsOk());
  ExpectSame(*read, entry);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(DecodeEntry(bytes.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss)) << size;
  }
  EXPECT_THAT(DecodeEntry(bytes + '\0'), StatusIs(absl::StatusCode::kDataLoss));
  const std::string of_none = absl::StrCat("\2", without.substr(1), absl::string_view("\0\0", 2));
  EXPECT_THAT(DecodeEntry(of_none), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(AuditLeafTest, EncodeEntryCutsTimesToMicroseconds) {
  AuditEntry entry = PlainEntry();
  entry.time = absl::FromUnixNanos(1999);
  entry.since_boot = absl::Nanoseconds(2999);
  const absl::StatusOr<AuditEntry> read = DecodeEntry(EncodeEntry(entry));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->time, absl::FromUnixMicros(1));
  EXPECT_EQ(read->since_boot, absl::Microseconds(2));
}

TEST(AuditLeafTest, DecodeEntryRejectsEveryCutAndEveryTail) {
  const std::string bytes = EncodeEntry(FullEntry());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(DecodeEntry(bytes.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss)) << size;
  }
  EXPECT_THAT(DecodeEntry(bytes + '\0'), StatusIs(absl::StatusCode::kDataLoss));
}

// What decodes encodes to the same bytes: no two byte strings stand for one entry.
TEST(AuditLeafTest, DecodeEntryOfAChangedByteFailsOrIsAnotherEntry) {
  const std::string bytes = EncodeEntry(FullEntry());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const absl::StatusOr<AuditEntry> entry = DecodeEntry(changed);
      if (entry.ok()) {
        EXPECT_EQ(EncodeEntry(*entry), changed) << i;
      } else {
        EXPECT_THAT(entry, StatusIs(absl::StatusCode::kDataLoss));
      }
    }
  }
}

std::string WithByte(size_t place, char byte) {
  std::string bytes = EncodeEntry(FullEntry());
  bytes[place] = byte;
  return bytes;
}

TEST(AuditLeafTest, DecodeEntryRejectsUnknownNumbers) {
  const auto data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  EXPECT_THAT(DecodeEntry(WithByte(0, 0)), data_loss);  // version
  EXPECT_THAT(DecodeEntry(WithByte(0, 2)), data_loss);
  EXPECT_THAT(DecodeEntry(WithByte(25, 0x7f)), data_loss);  // action
  EXPECT_THAT(DecodeEntry(WithByte(26, '\xff')), data_loss);
  EXPECT_THAT(DecodeEntry(WithByte(27, 0)), data_loss);  // outcome
  EXPECT_THAT(DecodeEntry(WithByte(27, 4)), data_loss);
  EXPECT_THAT(DecodeEntry(WithByte(35, 0)), data_loss);    // count 0
  EXPECT_THAT(DecodeEntry(WithByte(38, 'X')), data_loss);  // reason
}

TEST(AuditLeafTest, DecodeEntryRejectsAStringBeyondItsBound) {
  std::string bytes = EncodeEntry(PlainEntry());
  ASSERT_EQ(bytes.size(), 46u);
  bytes.resize(44);  // without the object
  const std::string at_bound =
      absl::StrCat(bytes, absl::string_view("\0\x80", 2), std::string(kMaxObjectSize, 'x'));
  EXPECT_THAT(DecodeEntry(at_bound), IsOk());
  const std::string beyond =
      absl::StrCat(bytes, absl::string_view("\0\x81", 2), std::string(kMaxObjectSize + 1, 'x'));
  EXPECT_THAT(DecodeEntry(beyond), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(AuditLeafTest, CheckLeafRejectsWhatTheFormatCannotHold) {
  const auto refused = StatusIs(absl::StatusCode::kInternal, ErrorReason::kInternal);
  AuditLeaf leaf = FullEntry().leaf;
  EXPECT_THAT(CheckLeaf(leaf), IsOk());
  leaf.object = std::string(kMaxObjectSize + 1, 'x');
  EXPECT_THAT(CheckLeaf(leaf), refused);
  leaf.object = "two\nlines";
  EXPECT_THAT(CheckLeaf(leaf), refused);
  leaf.object = "caf\xc3\xa9";
  EXPECT_THAT(CheckLeaf(leaf), refused);
  leaf = FullEntry().leaf;
  leaf.origin.principal = std::string(kMaxPrincipalSize + 1, 'x');
  EXPECT_THAT(CheckLeaf(leaf), refused);
  leaf = FullEntry().leaf;
  leaf.origin.role = std::string(kMaxRoleSize + 1, 'x');
  EXPECT_THAT(CheckLeaf(leaf), refused);
  leaf = FullEntry().leaf;
  leaf.origin.address = std::string(kMaxAddressSize + 1, 'x');
  EXPECT_THAT(CheckLeaf(leaf), refused);
  leaf = FullEntry().leaf;
  leaf.origin.change = std::string(kMaxChangeIdSize + 1, 'x');
  EXPECT_THAT(CheckLeaf(leaf), refused);
  leaf = FullEntry().leaf;
  leaf.count = 0;
  EXPECT_THAT(CheckLeaf(leaf), refused);
  leaf = FullEntry().leaf;
  leaf.action = static_cast<AuditAction>(9999);
  EXPECT_THAT(CheckLeaf(leaf), refused);
}

// A2: every action and every reason has a name, all names differ, and each makes the round trip.
TEST(AuditLeafTest, EveryActionAndReasonMakesTheRoundTrip) {
  std::set<std::string> names;
  int actions = 0;
  for (int number = 0; number <= 0xffff; ++number) {
    const auto action = static_cast<AuditAction>(number);
    if (ActionName(action).empty()) continue;
    ++actions;
    names.insert(std::string(ActionName(action).data(), ActionName(action).size()));
    AuditEntry entry = PlainEntry();
    entry.leaf.action = action;
    const absl::StatusOr<AuditEntry> read = DecodeEntry(EncodeEntry(entry));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->leaf.action, action);
  }
  EXPECT_EQ(static_cast<int>(names.size()), actions);
  EXPECT_GE(actions, 29);

  int reasons = 0;
  for (int number = 1; number < 256; ++number) {
    const auto reason = static_cast<ErrorReason>(number);
    if (ReasonName(reason).empty()) continue;
    ++reasons;
    AuditEntry entry = PlainEntry();
    entry.leaf.reason = reason;
    const absl::StatusOr<AuditEntry> read = DecodeEntry(EncodeEntry(entry));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->leaf.reason, reason);
  }
  EXPECT_GE(reasons, 40);
}

using AuditLeafDeathTest = ::testing::Test;

TEST(AuditLeafDeathTest, EncodeEntryEndsTheProcessOnAnUncheckedLeaf) {
  AuditEntry entry = PlainEntry();
  entry.leaf.count = 0;
  EXPECT_DEATH(EncodeEntry(entry), "");
}

}  // namespace
}  // namespace cardvault
