#include "cli/session.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

namespace cardvault::cli {
namespace {

bool ReadFile(const std::string& path, std::string& text) {
  std::ifstream file(path);
  std::ostringstream all;
  if (!file || !(all << file.rdbuf())) {
    std::cerr << "cardvault: " << path << " cannot be read; the profile names it\n";
    return false;
  }
  text = all.str();
  return true;
}

std::string Metadata(const grpc::ClientContext& context, const char* name) {
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto found = trailing.find(name);
  if (found == trailing.end()) return "";
  return std::string(found->second.data(), found->second.size());
}

// What a user can do about an answer that has no reason of the server's.
std::string WithoutReason(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return "the server does not answer: is it running, and are address and ca right?";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "no answer in time; what was asked may still happen: look before asking again";
    default:
      return status.error_message();
  }
}

}  // namespace

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
  grpc::ChannelArguments arguments;
  if (!profile_->server_name.empty()) {
    arguments.SetSslTargetNameOverride(profile_->server_name);
  }
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
}

void Session::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(timeout_seconds));
}

int Session::Show(const google::protobuf::Message& answer,
                  const std::function<std::string()>& human) const {
  if (!json) {
    std::cout << human();
    return kOk;
  }
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(answer, &text, options).ok()) {
    std::cerr << "cardvault: the answer cannot be shown as JSON\n";
    return kRefused;
  }
  std::cout << text << "\n";
  return kOk;
}

int Session::Refuse(const grpc::Status& status, const grpc::ClientContext& context) const {
  const std::string reason = Metadata(context, "cardvault-reason");
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
