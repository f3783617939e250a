#ifndef CARDVAULT_CLI_PROFILE_H_
#define CARDVAULT_CLI_PROFILE_H_

#include <map>
#include <string>
#include <vector>

namespace cardvault::cli {

// A client certificate with its key, both PEM files.
struct ClientIdentity {
  std::string certificate;
  std::string private_key;
};

// Where the server is and who we are: a YAML file named by --profile. One identity a role, because
// no identity holds the ingest and a paying role together.
struct Profile {
  std::string merchant_server;  // "host:port"
  std::string admin_server;
  std::string server_name;  // the name in the server's certificate; "" : the host of the address
  std::string ca;           // PEM file of the CA that signed the server's certificate
  std::map<std::string, ClientIdentity> identities;  // by role: "ingest", "pay-in"
};

// Reads a profile; relative paths are relative to the file. `mistakes` are lines for the user
// ("profile.yaml:3: unknown key"); when there is none the profile is good.
Profile ReadProfile(const std::string& path, std::vector<std::string>& mistakes);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_PROFILE_H_
