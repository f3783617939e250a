#ifndef CARDVAULT_CLI_SESSION_H_
#define CARDVAULT_CLI_SESSION_H_

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/profile.h"

namespace cardvault::cli {

inline constexpr int kOk = 0;
inline constexpr int kRefused = 1;
inline constexpr int kUsage = 2;
// Of `pay in`, `pay out` and `pay refund`; kUndecided of `notification verify` too.
inline constexpr int kNotCharged = 3;
inline constexpr int kNotSent = 4;
inline constexpr int kUndecided = 5;
inline constexpr int kNotWritten = 6;  // done, and the answer could not be printed

// What all commands share: the options given before the noun, the profile, and how answers and
// errors are shown. Not thread-safe.
class Session final {
 public:
  // Options.
  std::string profile_path;
  bool json = false;
  int timeout_seconds = 60;

  // A channel as the identity of `role`, to the merchant or the admin port. Null, with the mistake
  // printed, when the profile or a file is not good.
  std::shared_ptr<grpc::Channel> Connect(const std::string& role, bool admin);

  // The first of these roles that the profile has an identity for; the first when it has none.
  std::string FirstOf(const std::vector<std::string>& roles);

  // To the merchant port as the first of pay-in, pay-out and refund that the profile has: they may
  // read payments alike. Null as Connect.
  std::shared_ptr<grpc::Channel> ConnectToPay();

  // A deadline for one call.
  void Prepare(grpc::ClientContext& context) const;

  // Waits for the connection before a call whose repeat is not free: what fails before was never
  // sent. False, with the mistake printed, when there is none.
  bool Reach(grpc::Channel& channel) const;

  // True when a call failed in a way that leaves open whether the server did what it asked.
  static bool OutcomeUnknown(const grpc::Status& status, const grpc::ClientContext& context);

  // The server's reason for a refusal, "FOUR_EYES"; "" when it gave none.
  static std::string Reason(const grpc::ClientContext& context);

  // Writes to standard output. Returns kOk, or kNotWritten with the mistake printed.
  static int Print(const std::string& text);

  // Prints an answer: as JSON with --json, else what `human` makes of it. Returns as Print.
  int Show(const google::protobuf::Message& answer,
           const std::function<std::string()>& human) const;

  // Prints a refusal: code, field, text and reason. Returns kRefused.
  int Refuse(const grpc::Status& status, const grpc::ClientContext& context) const;

  // Prints what is wrong with the command itself. Returns kUsage.
  static int Misused(const std::string& text);

 private:
  bool LoadProfile();
  std::string Unreachable() const;
  std::string WithoutReason(const grpc::Status& status) const;

  std::optional<Profile> profile_;
  std::string address_;  // of the last Connect
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_SESSION_H_
