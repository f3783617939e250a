#ifndef CARDVAULT_CLI_CUSTODIAN_SESSION_H_
#define CARDVAULT_CLI_CUSTODIAN_SESSION_H_

#include <string>

#include "cardvault/admin/v1/custody_service.pb.h"
#include "cli/key_share.h"
#include "cli/session.h"

namespace cardvault::cli {

// The profile's identity of one who holds a share.
inline constexpr char kCustodianRole[] = "custodian";

// What a custodian is about to show the server.
struct ShownShare {
  CustodianShare share;
  std::string kek_id;  // as Custody has it
};

// Opens the custodian's share on this machine, asks the server which KEKs it has, and sees to it
// that the share is the caller's and of one of them: with `present_alone` of the one that is in
// force. Returns kOk, or an exit code with the mistake printed.
int OpenShareFor(Session& session, const ShareOptions& options, bool present_alone,
                 ShownShare& shown);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_CUSTODIAN_SESSION_H_
