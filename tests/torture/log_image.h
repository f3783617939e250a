#ifndef CARDVAULT_TESTS_TORTURE_LOG_IMAGE_H_
#define CARDVAULT_TESTS_TORTURE_LOG_IMAGE_H_

#include <optional>
#include <string>
#include <vector>

#include "vault/engine/engine.h"

namespace cardvault::torture {

// Every row of an audit log, as a store has them.
struct LogImage {
  std::vector<KeyedRow> leaves;
  std::vector<KeyedRow> nodes;
  std::vector<KeyedRow> checkpoints;
};

// Nothing when one of them cannot be read.
std::optional<LogImage> ReadLogImage(const EngineSnapshot& rows);
std::optional<LogImage> ReadLogImage(const std::string& data_directory);

// Whether entries and nodes are the same, byte for byte, and no checkpoint is kept that the log did
// not sign, in its place: `sink` is all that it signed. An earlier one, or none, is what a crash
// leaves.
bool IsSameLog(const LogImage& was, const LogImage& is, const std::string& sink);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_LOG_IMAGE_H_
