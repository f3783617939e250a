#include "server/new_custodians.h"

#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "keys/custody/custodian_certificate.h"

namespace cardvault {
namespace {

std::optional<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path);
  std::string pem(kMaxCertificatePemSize + 1, '\0');
  file.read(pem.data(), static_cast<std::streamsize>(pem.size()));
  pem.resize(static_cast<size_t>(file.gcount()));
  if (pem.empty() || pem.size() > kMaxCertificatePemSize) return std::nullopt;
  return pem;
}

}  // namespace

std::vector<NewCustodian> ReadNewCustodians(const std::vector<std::string>& words, absl::Time now,
                                            std::vector<std::string>& mistakes) {
  std::vector<NewCustodian> custodians;
  for (const std::string& word : words) {
    // A SPIFFE identity has no equals sign.
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
      mistakes.push_back(absl::StrCat("--custodian ", word, ": not IDENTITY=CERTIFICATE"));
      continue;
    }
    const std::string identity = word.substr(0, equals);
    const std::string path = word.substr(equals + 1);
    std::optional<std::string> pem = ReadPem(path);
    if (!pem.has_value()) {
      mistakes.push_back(absl::StrCat(path, ": cannot be read, or is no certificate"));
      continue;
    }
    // Asked again where the share is sealed; here the file at fault has a name.
    const auto certificate = CustodianCertificate::Parse(*pem, identity, now);
    if (!certificate.ok()) {
      mistakes.push_back(absl::StrCat(path, ": ", certificate.status().message()));
      continue;
    }
    custodians.push_back({identity, *std::move(pem), std::nullopt});
  }
  return custodians;
}

}  // namespace cardvault
