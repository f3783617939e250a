#ifndef CARDVAULT_CLI_AUDIT_WIRE_H_
#define CARDVAULT_CLI_AUDIT_WIRE_H_

#include "audit/audit_leaf.h"
#include "audit/export/export_header.h"
#include "audit/export/export_segment.h"
#include "audit/tree_proof.h"
#include "cardvault/admin/v1/audit_service.pb.h"

namespace cardvault::cli {

// From the API's messages to what exports are written of. False for what this program cannot write,
// an action of a later server's among it. Nothing is verified: that is `audit verify`'s.
// Thread-safe.
bool ReadEntry(const admin::v1::AuditEntry& shown, AuditEntry& entry);
bool ReadProof(const admin::v1::TreeHashes& shown, TreeProof& proof);
bool ReadSegment(const admin::v1::ExportSegment& shown, ExportSegment& segment);
// Without the filter, which the server does not repeat.
bool ReadHeader(const admin::v1::ExportHeader& shown, ExportHeader& header);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_AUDIT_WIRE_H_
