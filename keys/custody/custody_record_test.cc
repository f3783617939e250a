#include "keys/custody/custody_record.h"

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/testing/fake_clock.h"
#include "cardvault/storage/v1/custody.pb.h"
#include "gtest/gtest.h"
#include "keys/testing/hex_file.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

CustodyRecord TestRecord() {
  CustodyRecord record;
  record.vault_id = "vault-1";
  record.kek_id = "0123456789abcdef";
  record.check_value = "a1b2c3";
  record.threshold = 2;
  record.create_time = FakeClock().Now();
  for (const char* name : {"alice", "bob", "carol"}) {
    record.custodians.push_back({std::string("spiffe://vault.example/custodian/") + name,
                                 std::string(32, name[0]),
                                 std::string(32, name[1]),
                                 {}});
  }
  record.custodians[1].acknowledge_time = FakeClock().Now() - absl::Hours(1);
  return record;
}

// The record's bytes, changed in one place.
std::string Changed(const std::function<void(storage::v1::CustodyRecord&)>& change) {
  storage::v1::CustodyRecord record;
  EXPECT_TRUE(record.ParseFromString(SerializeCustodyRecord(TestRecord())));
  change(record);
  return record.SerializeAsString();
}

auto IsCorrupt() { return StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt); }

// docs/formats/custodian_share.md
TEST(CustodyRecordTest, ReadsFormatVersion1) {
  const CustodyRecord expected = TestRecord();
  const auto record = ParseCustodyRecord(ReadHexFile("keys/custody/testdata/record_v1.hex"));
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->vault_id, expected.vault_id);
  EXPECT_EQ(record->kek_id, expected.kek_id);
  EXPECT_EQ(record->check_value, expected.check_value);
  EXPECT_EQ(record->threshold, expected.threshold);
  EXPECT_EQ(record->create_time, expected.create_time);
  ASSERT_EQ(record->custodians.size(), expected.custodians.size());
  for (size_t i = 0; i < expected.custodians.size(); ++i) {
    EXPECT_EQ(record->custodians[i].identity, expected.custodians[i].identity);
    EXPECT_EQ(record->custodians[i].certificate_sha256, expected.custodians[i].certificate_sha256);
    EXPECT_EQ(record->custodians[i].commitment, expected.custodians[i].commitment);
    EXPECT_EQ(record->custodians[i].acknowledge_time, expected.custodians[i].acknowledge_time);
  }
}

TEST(CustodyRecordTest, WritesFormatVersion1) {
  EXPECT_EQ(absl::BytesToHexString(SerializeCustodyRecord(TestRecord())),
            absl::BytesToHexString(ReadHexFile("keys/custody/testdata/record_v1.hex")));
}

TEST(CustodyRecordTest, WhatIsNoRecordIsRefused) {
  EXPECT_THAT(ParseCustodyRecord("").status(), IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord("\xFF").status(), IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(std::string(kMaxCustodyRecordSize + 1, '\0')).status(),
              IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) { r.set_format_version(2); })).status(),
              IsCorrupt());
}

TEST(CustodyRecordTest, WhatIsNoSplitKnowledgeIsRefused) {
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) { r.set_threshold(1); })).status(),
              IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) { r.set_threshold(4); })).status(),
              IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) { r.clear_custodians(); })).status(),
              IsCorrupt());
}

// K7: one person is not two.
TEST(CustodyRecordTest, CustodiansThatAreNotDistinctAreRefused) {
  const auto twice = [](const std::function<void(storage::v1::CustodianEntry&,
                                                 const storage::v1::CustodianEntry&)>& copy) {
    return ParseCustodyRecord(
               Changed([&](auto& r) { copy(*r.mutable_custodians(0), r.custodians(2)); }))
        .status();
  };
  EXPECT_THAT(twice([](auto& to, const auto& from) { to.set_identity(from.identity()); }),
              IsCorrupt());
  EXPECT_THAT(twice([](auto& to, const auto&) {
                to.set_identity("spiffe://other.example/custodian/carol");
              }),
              IsCorrupt());
  EXPECT_THAT(twice([](auto& to, const auto& from) {
                to.set_certificate_sha256(from.certificate_sha256());
              }),
              IsCorrupt());
  EXPECT_THAT(twice([](auto& to, const auto& from) { to.set_commitment(from.commitment()); }),
              IsCorrupt());
  EXPECT_THAT(twice([](auto&, const auto&) {}), IsOk());
}

TEST(CustodyRecordTest, FieldsOfOtherSizesAreRefused) {
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) { r.set_vault_id(""); })).status(),
              IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) { r.set_kek_id("short"); })).status(),
              IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) { r.set_check_value("A1B2C3"); })).status(),
              IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) {
                r.mutable_custodians(0)->set_commitment("short");
              })).status(),
              IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) {
                r.mutable_custodians(0)->set_certificate_sha256("");
              })).status(),
              IsCorrupt());
  EXPECT_THAT(ParseCustodyRecord(Changed([](auto& r) {
                r.mutable_custodians(0)->set_identity("");
              })).status(),
              IsCorrupt());
}

// K9
TEST(CustodyRecordTest, TheFirstAcknowledgementStays) {
  CustodyRecord record = TestRecord();
  const absl::Time now = FakeClock().Now();
  const std::string alice = record.custodians[0].identity;
  EXPECT_THAT(Acknowledge(record, alice, now), IsOk());
  EXPECT_THAT(Acknowledge(record, alice, now + absl::Hours(1)), IsOk());
  EXPECT_EQ(record.custodians[0].acknowledge_time, now);
  EXPECT_FALSE(record.custodians[2].acknowledge_time.has_value());
  EXPECT_THAT(Acknowledge(record, "spiffe://vault.example/custodian/mallory", now),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
}

TEST(CustodyRecordTest, DigestIsOfAllButTheAcknowledgements) {
  const std::string digest = CustodyRecordDigest(TestRecord());
  // Computed apart from this program, by docs/formats/custodian_share.md.
  EXPECT_EQ(absl::BytesToHexString(digest),
            "8f91fd6688eb9c3a68e79d065a0094089bd3a230b7657a3691730cf122f6bf8c");
  CustodyRecord acknowledged = TestRecord();
  ASSERT_THAT(Acknowledge(acknowledged, acknowledged.custodians[0].identity, FakeClock().Now()),
              IsOk());
  EXPECT_EQ(CustodyRecordDigest(acknowledged), digest);

  const std::function<void(CustodyRecord&)> changes[] = {
      [](CustodyRecord& record) { record.vault_id = "vault-2"; },
      [](CustodyRecord& record) { record.generation = 2; },
      [](CustodyRecord& record) { record.kek_id[15] = 'x'; },
      [](CustodyRecord& record) { record.check_value = "a1b2c4"; },
      [](CustodyRecord& record) { record.threshold = 3; },
      [](CustodyRecord& record) { record.create_time += absl::Microseconds(1); },
      [](CustodyRecord& record) { record.custodians[2].identity += "a"; },
      [](CustodyRecord& record) { record.custodians[0].certificate_sha256[0] = 'x'; },
      [](CustodyRecord& record) { record.custodians[0].commitment[31] = 'x'; },
      [](CustodyRecord& record) { std::swap(record.custodians[0], record.custodians[1]); },
      [](CustodyRecord& record) { record.custodians.pop_back(); },
  };
  for (const auto& change : changes) {
    CustodyRecord changed = TestRecord();
    change(changed);
    EXPECT_NE(CustodyRecordDigest(changed), digest) << &change - changes;
  }
}

}  // namespace
}  // namespace cardvault
