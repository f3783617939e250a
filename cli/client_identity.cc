#include "cli/client_identity.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace cardvault::cli {
namespace {

// True when the first block of a PEM file whose label ends so is whole. Its inside is not parsed:
// OpenSSL is not for the command line.
bool HoldsPem(absl::string_view text, absl::string_view label_end) {
  for (size_t begin = text.find("-----BEGIN "); begin != absl::string_view::npos;
       begin = text.find("-----BEGIN ", begin + 1)) {
    const absl::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    if (absl::EndsWith(absl::StripTrailingAsciiWhitespace(line),
                       absl::StrCat(label_end, "-----"))) {
      return text.find("-----END ", begin + line.size()) != absl::string_view::npos;
    }
  }
  return false;
}

}  // namespace

std::string IdentityMistake(const Profile& profile, const ClientIdentity& identity,
                            const grpc::SslCredentialsOptions& options) {
  if (!HoldsPem(options.pem_root_certs, "CERTIFICATE")) {
    return absl::StrCat(profile.ca, " holds no PEM certificate");
  }
  if (!HoldsPem(options.pem_cert_chain, "CERTIFICATE")) {
    return absl::StrCat(identity.certificate, " holds no PEM certificate");
  }
  if (!HoldsPem(options.pem_private_key, "PRIVATE KEY") ||
      options.pem_private_key.find("ENCRYPTED") != std::string::npos) {
    return absl::StrCat(identity.private_key, " holds no PEM private key without a passphrase");
  }
  return "";
}

}  // namespace cardvault::cli
