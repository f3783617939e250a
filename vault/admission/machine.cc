#include "vault/admission/machine.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "base/length_prefix.h"
#include "base/sha256.h"
#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

constexpr char kRowKey[] = "machine";

}  // namespace

absl::StatusOr<std::optional<std::string>> MachineDigest(const std::string& path,
                                                         const VaultId& vault, VaultMode mode) {
  std::ifstream file(path, std::ios::binary);
  std::string content(kMaxMachineIdSize + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<size_t>(file.gcount()));
  if (content.size() > kMaxMachineIdSize) {
    return FailedPrecondition(ErrorReason::kMode,
                              "the file under machine_id_file is too large to be a machine's id");
  }
  if (!content.empty()) {
    return std::optional<std::string>(
        Sha256(LengthPrefixed({"cardvault machine v1", vault.value(), content})));
  }
  if (mode == VaultMode::kProduction) {
    return FailedPrecondition(ErrorReason::kMode,
                              "production needs the file under machine_id_file, by which it sees "
                              "that its data directory was copied");
  }
  return std::optional<std::string>();
}

absl::StatusOr<std::optional<std::string>> ReadMachine(const Engine& engine) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kMeta, kRowKey));
  if (!row.has_value()) return std::optional<std::string>();
  ASSIGN_OR_RETURN(const storage::v1::MachineRow message,
                   DecodeRow<storage::v1::MachineRow>(row->value));
  if (message.sha256().size() != kSha256Size) return DataLoss("the machine's row is damaged");
  return std::optional<std::string>(message.sha256());
}

WriteSet::Put MachinePut(const std::string& digest) {
  storage::v1::MachineRow row;
  row.set_sha256(digest);
  return {Table::kMeta, kRowKey, EncodeRow(std::move(row))};
}

}  // namespace cardvault
