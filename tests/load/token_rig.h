#ifndef CARDVAULT_TESTS_LOAD_TOKEN_RIG_H_
#define CARDVAULT_TESTS_LOAD_TOKEN_RIG_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "tests/load/timed_call.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {

// What the token service is measured with while its keys change: a server, and this process as the
// client of one merchant and as an operator, over mutual TLS on one machine. Everything dies with
// a line on standard error when a call does not end as a benchmark needs it. Not thread-safe.
class TokenRig final {
 public:
  TokenRig() : TokenRig(kDaemon, "") {}
  // `daemon` is the server's path; of a breakable one, `without` names the protection that it runs
  // without, "" for none. The vault is made with all of them.
  TokenRig(const std::string& daemon, const std::string& without);
  TokenRig(const TokenRig&) = delete;
  TokenRig& operator=(const TokenRig&) = delete;
  ~TokenRig();

  pid_t server_pid() const { return vault_.pid(); }

  // Tokenizes cards, as long as `more` says; after some thousand they come again, each as a new
  // token.
  std::vector<TimedCall> Tokenize(int in_flight, const std::function<bool(int index)>& more);

  // Gets tokens that Tokenize made, in turn.
  std::vector<TimedCall> Get(int in_flight, const std::function<bool(int index)>& more);

  // Makes the next version of the key of card numbers, and has its rows moved at the server's own
  // pace.
  void StartReencryption();
  // Whether that is under way.
  bool IsReencrypting();

  // Of all keys.
  int KeyVersions() const;
  // Makes versions of a key under which nothing rests until there are as many in all.
  void MakeKeyVersions(int versions);
  // Ends the server in good order and starts it again; how long the start took until it served.
  absl::Duration Restart();

 private:
  void Connect();

  VaultProcess vault_;
  std::unique_ptr<v1::TokenService::Stub> ingest_;
  std::unique_ptr<v1::TokenService::Stub> reader_;
  std::unique_ptr<admin::v1::KeyService::Stub> keys_;
  std::vector<std::string> cards_;  // generated
  std::vector<std::string> tokens_;
  int loads_ = 0;  // names request ids
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_TOKEN_RIG_H_
