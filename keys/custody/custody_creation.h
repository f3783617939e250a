#ifndef CARDVAULT_KEYS_CUSTODY_CUSTODY_CREATION_H_
#define CARDVAULT_KEYS_CUSTODY_CUSTODY_CREATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "keys/custody/custody_record.h"
#include "keys/kek_provider.h"

namespace cardvault {

// A person who is to hold a share.
struct NewCustodian {
  std::string identity;         // as his client certificate names him: a SPIFFE URI
  std::string certificate_pem;  // what his share is sealed to: CustodianCertificate
  std::optional<absl::Time> acknowledge_time;
};

// A KEK in custody as it was just made. Movable. Thread-compatible.
struct NewCustody {
  struct SealedShare {
    std::string custodian;
    std::string envelope_pem;  // CMS: he alone opens it
  };

  CustodyRecord record;
  std::vector<SealedShare> shares;   // in the record's order
  std::unique_ptr<KekProvider> kek;  // to wrap the keyring with
};

// Makes a KEK, splits it among the custodians so that `threshold` of them give it, and seals each
// share to its custodian's certificate; shares leave this call in no other form and cannot be had
// again. Replacing a custodian is a new KEK too, not new shares of the old one: what the one who
// leaves has kept is worth nothing once the keyring is wrapped again (K10). Errors: as
// CheckShareNumbers, CheckCustodian and CustodianCertificate::Parse; INVALID_ARGUMENT
// (FIELD_INVALID) when two custodians have one name, in whatever domain (field `custodians`), or
// one certificate or key (field `certificate`); RESOURCE_EXHAUSTED (LIMIT); INTERNAL (CRYPTO).
// Thread-safe.
// `generation` says which of the vault's KEKs it is, from 1.
absl::StatusOr<NewCustody> CreateCustody(const VaultId& vault_id, uint32_t generation,
                                         uint32_t threshold,
                                         const std::vector<NewCustodian>& custodians,
                                         absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_CUSTODY_CREATION_H_
