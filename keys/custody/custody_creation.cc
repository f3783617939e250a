#include "keys/custody/custody_creation.h"

#include <set>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "keys/custody/custodian_certificate.h"
#include "keys/custody/custodian_share.h"
#include "keys/custody/custody_kek_provider.h"
#include "keys/custody/secret_sharing.h"
#include "keys/custody/share_commitment.h"
#include "keys/custody/share_envelope.h"
#include "keys/key_check_value.h"
#include "keys/key_material.h"

namespace cardvault {
namespace {

// Distinct people with distinct keys: else one person would hold two shares.
absl::StatusOr<std::vector<CustodianCertificate>> CheckCustodians(
    const std::vector<NewCustodian>& custodians, absl::Time now) {
  std::vector<CustodianCertificate> certificates;
  std::set<absl::string_view> names;
  std::set<std::string> keys;
  for (const NewCustodian& custodian : custodians) {
    RETURN_IF_ERROR(CheckCustodian(custodian.identity, "custodians"));
    if (!names.insert(CustodianName(custodian.identity)).second) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "custodians",
                             "one name, the last part of the identities, stands there twice: a "
                             "person holds one share");
    }
    ASSIGN_OR_RETURN(
        CustodianCertificate certificate,
        CustodianCertificate::Parse(custodian.certificate_pem, custodian.identity, now));
    if (!keys.insert(certificate.key_sha256()).second) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "certificate",
                             "two custodians have one key: one person could open both shares");
    }
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

}  // namespace

absl::StatusOr<NewCustody> CreateCustody(const VaultId& vault_id, uint32_t generation,
                                         uint32_t threshold,
                                         const std::vector<NewCustodian>& custodians,
                                         absl::Time now) {
  RETURN_IF_ERROR(CheckShareNumbers(threshold, custodians.size()));
  ASSIGN_OR_RETURN(const std::vector<CustodianCertificate> certificates,
                   CheckCustodians(custodians, now));
  const auto share_count = static_cast<uint32_t>(custodians.size());
  ASSIGN_OR_RETURN(const std::shared_ptr<const KeyMaterial> kek, KeyMaterial::Generate());
  ASSIGN_OR_RETURN(std::vector<SecretBytes> shares, SplitKey(*kek, threshold, share_count));

  NewCustody custody;
  custody.record.vault_id = vault_id.value();
  custody.record.generation = generation;
  custody.record.kek_id = RandomBytes(kKekIdSize);
  custody.record.check_value = KeyCheckValue(kek);
  custody.record.threshold = threshold;
  // To the microsecond, as it is stored.
  custody.record.create_time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  for (uint32_t i = 0; i < share_count; ++i) {
    const NewCustodian& custodian = custodians[i];
    const uint32_t index = i + 1;
    ASSIGN_OR_RETURN(std::string commitment,
                     ShareCommitment(custody.record.kek_id, custodian.identity, index, shares[i]));
    custody.record.custodians.push_back({custodian.identity, certificates[i].sha256(),
                                         std::move(commitment), custodian.acknowledge_time});
    CustodianShare share;
    share.vault_id = vault_id.value();
    share.kek_id = custody.record.kek_id;
    share.custodian = custodian.identity;
    share.index = index;
    share.threshold = threshold;
    share.share_count = share_count;
    share.check_value = custody.record.check_value;
    share.share = std::move(shares[i]);
    ASSIGN_OR_RETURN(std::string envelope,
                     SealToCertificate(SerializeCustodianShare(share), certificates[i]));
    custody.shares.push_back({custodian.identity, std::move(envelope)});
  }
  custody.kek = NewCustodyKekProvider(kek, custody.record);
  return custody;
}

}  // namespace cardvault
