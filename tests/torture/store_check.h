#ifndef CARDVAULT_TESTS_TORTURE_STORE_CHECK_H_
#define CARDVAULT_TESTS_TORTURE_STORE_CHECK_H_

#include <cstdint>
#include <map>
#include <string>

#include "keys/key_purpose.h"
#include "tests/testing/vault_process.h"
#include "tests/torture/card_book.h"
#include "tests/torture/key_finding.h"
#include "tests/torture/key_schedule.h"
#include "tests/torture/nonce_book.h"

namespace cardvault::torture {

// Both look into the files of a vault whose server does not run.

// Enters what is sealed in records and credentials, and reports nonces that come back. Reads a
// copy: the server must find the files as it left them. The newest version of each purpose that
// sealed something.
std::map<KeyPurpose, uint32_t> CollectNonces(const std::string& data_directory, NonceBook& nonces,
                                             KeyFindings& findings);

// Whether every acknowledged card opens under the newest version of its keys and is the number that
// it was made of; whether every number has one fingerprint row, under the newest version; and what
// FindStaleSeals says. Changes the store as a start does.
void CheckStore(const testing::VaultProcess& vault, const KeySchedule& schedule,
                const CardBook& book, KeyFindings& findings);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_STORE_CHECK_H_
