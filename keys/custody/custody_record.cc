#include "keys/custody/custody_record.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/length_prefix.h"
#include "base/sha256.h"
#include "base/status.h"
#include "cardvault/storage/v1/custody.pb.h"
#include "keys/custody/custodian_share.h"
#include "keys/custody/secret_sharing.h"

namespace cardvault {
namespace {

bool IsPossible(const CustodyRecord& record) {
  std::set<absl::string_view> names;
  std::set<std::string> certificates;
  std::set<std::string> commitments;
  for (const CustodyRecord::Custodian& custodian : record.custodians) {
    if (!CheckCustodian(custodian.identity, "custodian").ok() ||
        custodian.certificate_sha256.size() != kSha256Size ||
        custodian.commitment.size() != kSha256Size ||
        !names.insert(CustodianName(custodian.identity)).second ||
        !certificates.insert(custodian.certificate_sha256).second ||
        !commitments.insert(custodian.commitment).second) {
      return false;
    }
  }
  return CheckId(record.vault_id, "vault_id").ok() && record.kek_id.size() == kKekIdSize &&
         IsKekCheckValue(record.check_value) &&
         CheckShareNumbers(record.threshold, record.custodians.size()).ok();
}

}  // namespace

std::string SerializeCustodyRecord(const CustodyRecord& record) {
  CV_CHECK(IsPossible(record));
  storage::v1::CustodyRecord out;
  out.set_format_version(kCustodyFormatVersion);
  out.set_vault_id(record.vault_id);
  if (record.generation > 1) out.set_generation(record.generation);
  out.set_kek_id(record.kek_id);
  out.set_check_value(record.check_value);
  out.set_threshold(record.threshold);
  out.set_create_micros(absl::ToUnixMicros(record.create_time));
  for (const CustodyRecord::Custodian& custodian : record.custodians) {
    storage::v1::CustodianEntry& entry = *out.add_custodians();
    entry.set_identity(custodian.identity);
    entry.set_certificate_sha256(custodian.certificate_sha256);
    entry.set_commitment(custodian.commitment);
    if (custodian.acknowledge_time.has_value()) {
      entry.set_acknowledge_micros(absl::ToUnixMicros(*custodian.acknowledge_time));
    }
  }
  std::string bytes;
  CV_CHECK(out.SerializeToString(&bytes));
  return bytes;
}

absl::StatusOr<CustodyRecord> ParseCustodyRecord(absl::string_view bytes) {
  storage::v1::CustodyRecord in;
  if (bytes.size() > kMaxCustodyRecordSize ||
      !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DataLoss("the custody record cannot be read");
  }
  if (in.format_version() != kCustodyFormatVersion) {
    return DataLoss("the custody record is of an unknown format version");
  }
  CustodyRecord record;
  record.vault_id = in.vault_id();
  record.generation = std::max<uint32_t>(in.generation(), 1);
  record.kek_id = in.kek_id();
  record.check_value = in.check_value();
  record.threshold = in.threshold();
  record.create_time = absl::FromUnixMicros(in.create_micros());
  for (const storage::v1::CustodianEntry& entry : in.custodians()) {
    CustodyRecord::Custodian custodian{
        entry.identity(), entry.certificate_sha256(), entry.commitment(), {}};
    if (entry.acknowledge_micros() != 0) {
      custodian.acknowledge_time = absl::FromUnixMicros(entry.acknowledge_micros());
    }
    record.custodians.push_back(std::move(custodian));
  }
  if (!IsPossible(record)) return DataLoss("the custody record holds what cannot be");
  return record;
}

std::string CustodyRecordDigest(const CustodyRecord& record) {
  std::string bytes = LengthPrefixed(
      {"cardvault custody record v1", record.vault_id, record.kek_id, record.check_value,
       BigEndian32(record.generation), BigEndian32(record.threshold),
       BigEndian64(static_cast<uint64_t>(absl::ToUnixMicros(record.create_time)))});
  for (const CustodyRecord::Custodian& custodian : record.custodians) {
    for (const std::string& part :
         {custodian.identity, custodian.certificate_sha256, custodian.commitment}) {
      AppendLengthPrefixed(bytes, part);
    }
  }
  return Sha256(bytes);
}

absl::Status Acknowledge(CustodyRecord& record, absl::string_view custodian, absl::Time now) {
  const auto place = std::find_if(
      record.custodians.begin(), record.custodians.end(),
      [&](const CustodyRecord::Custodian& entry) { return entry.identity == custodian; });
  if (place == record.custodians.end()) {
    return NotFound(ErrorReason::kNotFound, "this identity is no custodian of the vault's key");
  }
  if (!place->acknowledge_time.has_value()) {
    // To the microsecond, as it is stored.
    place->acknowledge_time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  }
  return absl::OkStatus();
}

}  // namespace cardvault
