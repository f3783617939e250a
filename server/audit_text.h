#ifndef CARDVAULT_SERVER_AUDIT_TEXT_H_
#define CARDVAULT_SERVER_AUDIT_TEXT_H_

#include <vector>

#include "audit/audit_leaf.h"
#include "audit/export/export_segment.h"
#include "audit/tree_hash.h"
#include "cardvault/admin/v1/audit_service.pb.h"

namespace cardvault {

// Between the log's types and the API's. Thread-safe.
void ShowEntry(const AuditEntry& entry, admin::v1::AuditEntry& shown);
void ShowHashes(const std::vector<TreeHash>& hashes, admin::v1::TreeHashes& shown);
void ShowSegment(const ExportSegment& segment, admin::v1::ExportSegment& shown);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_AUDIT_TEXT_H_
