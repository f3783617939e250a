#ifndef CARDVAULT_CLI_KEY_TABLE_H_
#define CARDVAULT_CLI_KEY_TABLE_H_

#include <string>

#include "cardvault/admin/v1/key_service.pb.h"

namespace cardvault::cli {

// Key versions, as people read them.
std::string KeyTable(const google::protobuf::RepeatedPtrField<admin::v1::KeyVersionInfo>& keys);

// All that an assessor asks of the keys, KEKs included (K2).
std::string InventoryText(const admin::v1::ListKeysResponse& keys);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_KEY_TABLE_H_
