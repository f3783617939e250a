#ifndef CARDVAULT_TESTS_E2E_CUSTODY_FIXTURE_H_
#define CARDVAULT_TESTS_E2E_CUSTODY_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>

#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// A share as its custodian opens it, and the KEK that it is of.
struct OpenedShare {
  std::string bytes;
  std::string kek_id;  // as Custody has it
};

// What a call came to.
struct CallResult {
  grpc::StatusCode code = grpc::StatusCode::OK;
  std::string reason;
  std::string field;
};
bool operator==(const CallResult& a, const CallResult& b);
void PrintTo(const CallResult& result, std::ostream* out);

// A vault whose KEK two of "alice", "bob" and "carol" give, and what they do.
class CustodyFixture : public ::testing::Test {
 protected:
  CustodyFixture() = default;
  // With another provider to begin with: `kek` is that section of the configuration.
  explicit CustodyFixture(const std::string& kek) : vault_(kDaemon, kek) {}

  // Of the first KEK; and of what is proposed, fetched from the server.
  OpenedShare FirstShare(const std::string& name) const;
  OpenedShare ProposedShare(const std::string& name) const;

  CallResult Submit(const std::string& name, const std::string& share,
                    admin::v1::SubmitShareResponse* response = nullptr) const;
  CallResult SubmitOwn(const std::string& name) const {
    return Submit(name, FirstShare(name).bytes);
  }
  CallResult Acknowledge(const std::string& name, const OpenedShare& share) const;
  void AcknowledgeFirst(std::initializer_list<const char*> names) const;
  CallResult Seal(const std::string& uri = kOperatorUri) const;
  // A new KEK for these; its id.
  std::string Propose(int threshold, std::initializer_list<const char*> names);
  CallResult Activate(const std::string& kek_id, const std::string& uri = kOperatorUri) const;
  CallResult Withdraw(const std::string& kek_id) const;
  admin::v1::GetCustodyStatusResponse Status() const;

  // The first custodians acknowledge, two of them unseal, and the roles are granted.
  void UnsealFirst();
  void StartVault() { ASSERT_TRUE(vault_.Start()) << vault_.output(); }

  // Mutable, for stubs are made of it by what only looks.
  mutable VaultProcess vault_{2, {"alice", "bob", "carol"}};
};

CallResult Refused(grpc::StatusCode code, const std::string& reason, const std::string& field = "");

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_E2E_CUSTODY_FIXTURE_H_
