#ifndef CARDVAULT_AUDIT_EXPORT_RESUME_POINT_H_
#define CARDVAULT_AUDIT_EXPORT_RESUME_POINT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "audit/export/export_header.h"

namespace cardvault {

// Where an export that was cut short goes on.
struct ResumePoint {
  ExportHeader header;
  uint64_t next = 0;      // the first sequence that is in no whole segment
  uint64_t offset = 0;    // bytes up to the end of the last whole segment: the file is cut to them
  bool complete = false;  // nothing is missing: there is nothing to resume
};

// Reads a range export up to what is whole. The lines are taken as they stand: the verifier sees to
// them when the export is complete. FAILED_PRECONDITION (NOT_OFFERED) for a filtered one, which is
// begun anew; for one without a whole first line, errors as ExportReader::Open.
absl::StatusOr<ResumePoint> FindResumePoint(const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_RESUME_POINT_H_
