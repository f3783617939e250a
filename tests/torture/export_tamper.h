#ifndef CARDVAULT_TESTS_TORTURE_EXPORT_TAMPER_H_
#define CARDVAULT_TESTS_TORTURE_EXPORT_TAMPER_H_

#include <random>
#include <string>

#include "tests/torture/audit_scene.h"

namespace cardvault::torture {

// A file that differs from the export that it was made of, and by what.
struct TamperedExport {
  std::string what;
  std::string content;
};

// Draws one way to tamper with an export; `content` is the export's own when it cannot be done to
// it.
TamperedExport TamperExport(std::mt19937_64& random, const GivenExport& given,
                            const AuditScene& scene);

// Whether a changed export claims nothing that its original does not: what its verdict says it does
// not prove. Of a filtered export that is by what its entries were chosen, from which range, and
// that they are all. Of any, the signatures of its checkpoint beside the one that counts: a
// verifier passes over a line of a key that it was not given, so that a log can change its key.
bool ClaimsNoMore(const GivenExport& given, const std::string& content);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_EXPORT_TAMPER_H_
