#ifndef CARDVAULT_CLI_CLIENT_IDENTITY_H_
#define CARDVAULT_CLI_CLIENT_IDENTITY_H_

#include <grpcpp/security/credentials.h>

#include <string>

#include "cli/profile.h"

namespace cardvault::cli {

// What is wrong with the PEM files that `options` were read from, "" when nothing is: gRPC itself
// would only say, much later, that it cannot connect.
std::string IdentityMistake(const Profile& profile, const ClientIdentity& identity,
                            const grpc::SslCredentialsOptions& options);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_CLIENT_IDENTITY_H_
