#ifndef CARDVAULT_TESTS_E2E_LOG_FAILURE_FIXTURE_H_
#define CARDVAULT_TESTS_E2E_LOG_FAILURE_FIXTURE_H_

#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "cardvault/admin/v1/system_service.pb.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// Longer than anything that heals by itself may take.
inline constexpr absl::Duration kPatience = absl::Seconds(30);

// Asks again and again; whether it became true in time.
bool Eventually(absl::FunctionRef<bool()> is_true, absl::Duration patience = kPatience);

// A vault with a metrics page whose log's way is blocked by a test, and what is seen of that from
// outside. At the end the log must be whole: every entry there, every acknowledged card too.
class LogFailureTest : public ::testing::Test {
 protected:
  // Writes the configuration before a start: the required sink `checkpoints`, and further items of
  // `audit.sinks`.
  void Configure(const std::string& more_sinks = "", const std::string& sink = "checkpoints");
  void StartServer();

  // A card operation, each time of another card: why it was refused, "" when it was done. Its token
  // must be there at the end.
  std::string Tokenize();
  std::string Delete(const std::string& token);
  // Whether a token call that is refused is refused for its own reason.
  bool IsRefusedAsUsual();

  bool IsServing();                             // the merchants' port, to a load balancer
  std::string Metric(const std::string& name);  // its value; with its labels, as on the page
  admin::v1::GetStatusResponse Status();

  // What those say who watch the server: its metric and its health.
  bool ShowsFailing();
  bool ShowsServing();

  // Stops nothing: every token that was acknowledged and not deleted is read, and an export of the
  // whole log verified by both verifiers, anchored by the checkpoint that the server gives.
  void ExpectNothingLost();
  // The server stops; how many entries the log has of it.
  int CountAtEnd(AuditAction action);

  std::string File(const std::string& name) const { return vault_.directory().File(name); }

  VaultProcess vault_;
  std::vector<std::string> tokens_;

 private:
  int metrics_port_ = 0;
  int requests_ = 0;
  int exports_ = 0;
  CardGenerator cards_{1};
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_E2E_LOG_FAILURE_FIXTURE_H_
