#ifndef CARDVAULT_CLI_KEY_SHARE_H_
#define CARDVAULT_CLI_KEY_SHARE_H_

#include <optional>
#include <string>

#include "cardvault/admin/v1/custody_service.pb.h"
#include "keys/custody/custodian_share.h"

namespace cardvault::cli {

// How a custodian opens his share on his own machine.
struct ShareOptions {
  std::string share_file;
  std::string key_file;
  int passphrase_fd = -1;  // negative: asked on the terminal, when the key has one
};

// Opens the sealed share with the custodian's private key. Without a value `mistake` says why; it
// names files and never holds a byte of share, key or passphrase.
std::optional<CustodianShare> OpenShare(const ShareOptions& options, std::string& mistake);

// The KEK, present or proposed, that the share is of and the caller's; null, with `mistake`, when
// it is another vault's, another custodian's or of a KEK that is neither. Before it leaves the
// machine: a share that cannot be right is shown to nobody.
const admin::v1::Custody* CustodyOf(const CustodianShare& share,
                                    const admin::v1::GetCustodyStatusResponse& status,
                                    std::string& mistake);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_KEY_SHARE_H_
