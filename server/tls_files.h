#ifndef CARDVAULT_SERVER_TLS_FILES_H_
#define CARDVAULT_SERVER_TLS_FILES_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>
#include <vector>

#include "server/config.h"

namespace cardvault {

// Certificates and the key of a port are read again this often, so that they can be replaced
// without a restart.
inline constexpr unsigned kCertificateRefreshSeconds = 30;

// What is wrong with one file, and how to mend it; fixed sentences.
struct FileMistake {
  std::string path;
  const char* problem = "";
  const char* mend = "";
};

// Reads the three files as the port will: readable, PEM, the key fits the certificate, the
// certificate is valid now, the key is not for others' eyes. gRPC itself would start without them
// and refuse every handshake.
std::vector<FileMistake> CheckTlsFiles(const ListenerConfig& listener);

// TLS 1.2 or later; a client certificate is requested and verified. A caller without one reaches
// the gatekeeper, which refuses and logs him.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const ListenerConfig& listener);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_TLS_FILES_H_
