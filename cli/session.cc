#include "cli/session.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "cli/client_identity.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

bool ReadFile(const std::string& path, std::string& text) {
  const std::string problem = ReadTextFile(path, text);
  if (problem.empty()) return true;
  std::cerr << "cardvault: " << path << " " << problem << "; the profile names it\n";
  return false;
}

// All of it, at once: a stream would notice a full disk after the exit code is made.
bool WriteToStdout(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// gRPC's own words are for its developers; these are for who typed the command.
std::string CodeText(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNIMPLEMENTED:
      return "UNIMPLEMENTED: this port has no such service: is it the other port's address?";
    case grpc::StatusCode::CANCELLED:
      return "CANCELLED: the connection was ended";
    default:
      return absl::StrCat("gRPC status ", static_cast<int>(status.error_code()));
  }
}

std::string Metadata(const grpc::ClientContext& context, const char* name) {
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto found = trailing.find(name);
  if (found == trailing.end()) return "";
  return std::string(found->second.data(), found->second.size());
}

}  // namespace

std::string Session::Unreachable() const {
  return absl::StrCat(
      "no connection to ", address_, ": is the server running, is the address right, ",
      "did `ca` of the profile sign its certificate, and is ",
      profile_->server_name.empty() ? "the host (else set `server_name`)" : "`server_name`",
      " a name in it? Is `private_key` the key of `certificate`?");
}

// What a user can do about an answer that has no reason of the server's.
std::string Session::WithoutReason(const grpc::Status& status) const {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return Unreachable();
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "no answer in time; what was asked may still happen: look before asking again";
    default:
      return status.error_message().empty() ? CodeText(status) : status.error_message();
  }
}

bool Session::LoadProfile() {
  if (profile_.has_value()) return true;
  std::vector<std::string> mistakes;
  Profile profile = ReadProfile(profile_path, mistakes);
  for (const std::string& mistake : mistakes) std::cerr << "cardvault: " << mistake << "\n";
  if (!mistakes.empty()) return false;
  profile_ = std::move(profile);
  return true;
}

std::shared_ptr<grpc::Channel> Session::Connect(const std::string& role, bool admin) {
  if (!LoadProfile()) return nullptr;
  const auto found = profile_->identities.find(role);
  const std::string& address = admin ? profile_->admin_server : profile_->merchant_server;
  if (found == profile_->identities.end() || address.empty()) {
    std::cerr << "cardvault: " << profile_path << ": this command needs `identities." << role
              << "` and `" << (admin ? "admin_server" : "merchant_server") << "`\n";
    return nullptr;
  }
  grpc::SslCredentialsOptions options;
  if (!ReadFile(profile_->ca, options.pem_root_certs) ||
      !ReadFile(found->second.certificate, options.pem_cert_chain) ||
      !ReadFile(found->second.private_key, options.pem_private_key)) {
    return nullptr;
  }
  if (const std::string mistake = IdentityMistake(*profile_, found->second, options);
      !mistake.empty()) {
    std::cerr << "cardvault: " << mistake << "\n";
    return nullptr;
  }
  address_ = address;
  grpc::ChannelArguments arguments;
  if (!profile_->server_name.empty()) {
    arguments.SetSslTargetNameOverride(profile_->server_name);
  }
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
}

std::string Session::FirstOf(const std::vector<std::string>& roles) {
  if (LoadProfile()) {
    for (const std::string& role : roles) {
      if (profile_->identities.contains(role)) return role;
    }
  }
  return roles.front();
}

std::shared_ptr<grpc::Channel> Session::ConnectToPay() {
  if (!LoadProfile()) return nullptr;
  return Connect(FirstOf({"pay-in", "pay-out", "refund"}), /*admin=*/false);
}

void Session::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(timeout_seconds));
}

bool Session::Reach(grpc::Channel& channel) const {
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(timeout_seconds);
  for (;;) {
    const grpc_connectivity_state state = channel.GetState(/*try_to_connect=*/true);
    if (state == GRPC_CHANNEL_READY) return true;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN ||
        !channel.WaitForStateChange(state, deadline)) {
      std::cerr << "refused: " << Unreachable() << "\n";
      return false;
    }
  }
}

bool Session::OutcomeUnknown(const grpc::Status& status, const grpc::ClientContext& context) {
  // The request was taken before, and how it ends is not known yet.
  const std::string reason = Reason(context);
  if (reason == "IN_PROGRESS" || reason == "AUDIT_UNAVAILABLE") return true;
  if (!reason.empty()) return false;
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNKNOWN:
      return true;
    default:
      return false;
  }
}

std::string Session::Reason(const grpc::ClientContext& context) {
  return Metadata(context, "cardvault-reason");
}

int Session::Print(const std::string& text) {
  if (WriteToStdout(text)) return kOk;
  std::cerr << "cardvault: standard output cannot be written (" << strerror(errno)
            << "); what was asked is done: look before asking again\n";
  return kNotWritten;
}

int Session::Show(const google::protobuf::Message& answer,
                  const std::function<std::string()>& human) const {
  if (!json) return Print(human());
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(answer, &text, options).ok()) {
    std::cerr << "cardvault: the answer cannot be shown as JSON\n";
    return kRefused;
  }
  return Print(text + "\n");
}

int Session::Refuse(const grpc::Status& status, const grpc::ClientContext& context) const {
  const std::string reason = Reason(context);
  const std::string field = Metadata(context, "cardvault-field");
  std::cerr << "refused: " << (field.empty() ? "" : field + ": ")
            << (reason.empty() ? WithoutReason(status) : status.error_message())
            << (reason.empty() ? "" : " (" + reason + ")") << "\n";
  return kRefused;
}

int Session::Misused(const std::string& text) {
  std::cerr << "cardvault: " << text << "\n";
  return kUsage;
}

}  // namespace cardvault::cli
