#ifndef CARDVAULT_TESTS_TORTURE_STORE_TAMPER_H_
#define CARDVAULT_TESTS_TORTURE_STORE_TAMPER_H_

#include <random>
#include <string>

#include "tests/torture/audit_scene.h"

namespace cardvault::torture {

// Draws one way to tamper with a copy of the scene's data directory, through its files or through
// the engine, and says which. It may come out that nothing of the log was met.
std::string TamperStore(std::mt19937_64& random, const std::string& copy, const AuditScene& scene);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_STORE_TAMPER_H_
