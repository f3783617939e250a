#include "server/approved_config.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "audit/action.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/status.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr char kRow[] = "config";
constexpr uint32_t kFormatVersion = 1;
constexpr char kConfigName[] = "cardvault.yaml";

absl::StatusOr<ConfigFile> ReadAnchor(const char* name, const std::string& path) {
  ConfigFile anchor;
  anchor.name = name;
  anchor.content.resize(kMaxTrustAnchorSize + 1);
  FILE* const file = fopen(path.c_str(), "re");
  if (file == nullptr) {
    return NotFound(ErrorReason::kNotFound, "a client_ca of the configuration cannot be read");
  }
  anchor.content.resize(fread(anchor.content.data(), 1, anchor.content.size(), file));
  const bool is_read = ferror(file) == 0;
  fclose(file);
  if (!is_read || anchor.content.size() > kMaxTrustAnchorSize) {
    return NotFound(ErrorReason::kNotFound,
                    "a client_ca of the configuration cannot be read, or is over 64 KiB");
  }
  anchor.sha256 = Sha256(anchor.content);
  return anchor;
}

const ConfigFile* FileNamed(const std::vector<ConfigFile>& files, absl::string_view name) {
  for (const ConfigFile& file : files) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

storage::v1::ApprovedConfigRow RowOf(const std::vector<ConfigFile>& files) {
  storage::v1::ApprovedConfigRow row;
  row.set_format_version(kFormatVersion);
  for (const ConfigFile& file : files) {
    storage::v1::ApprovedFile* approved = row.add_files();
    approved->set_name(file.name);
    approved->set_sha256(file.sha256);
    approved->set_anchor(file.content);
  }
  return row;
}

AuditOrigin OfProcess() {
  AuditOrigin origin;
  origin.principal = "cardvaultd";
  return origin;
}

AuditLeaf LeafOf(AuditAction action, const AuditOrigin& origin, std::string object) {
  AuditLeaf leaf{action};
  leaf.origin = origin;
  leaf.object = std::move(object);
  return leaf;
}

WriteSet SetOf(const storage::v1::ApprovedConfigRow& row, const AuditOrigin& origin) {
  WriteSet set;
  set.puts.push_back({Table::kPolicy, kRow, row.SerializeAsString()});
  set.leaves.push_back(LeafOf(AuditAction::kConfigApproved, origin, kRow));
  return set;
}

}  // namespace

absl::StatusOr<std::vector<ConfigFile>> ReadConfigFiles(const ServerConfig& config) {
  ASSIGN_OR_RETURN(ConfigFile merchant, ReadAnchor(kMerchantAnchor, config.merchant.client_ca));
  ASSIGN_OR_RETURN(ConfigFile admin, ReadAnchor(kAdminAnchor, config.admin.client_ca));
  return std::vector<ConfigFile>{
      {kConfigName, config.document_sha256, ""}, std::move(merchant), std::move(admin)};
}

WriteSet ApprovedConfig::First(const std::vector<ConfigFile>& files) {
  return SetOf(RowOf(files), OfProcess());
}

absl::StatusOr<std::unique_ptr<ApprovedConfig>> ApprovedConfig::Load(const Engine& engine,
                                                                     CommitPipeline& pipeline,
                                                                     std::vector<ConfigFile> found,
                                                                     VaultMode mode) {
  auto config =
      std::unique_ptr<ApprovedConfig>(new ApprovedConfig(pipeline, std::move(found), mode));
  if (mode == VaultMode::kSandbox) {
    absl::MutexLock lock(&config->mutex_);
    config->row_ = RowOf(config->found_);
    return config;
  }
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kPolicy, kRow));
  {
    absl::MutexLock lock(&config->mutex_);
    if (!row.has_value() || !config->row_.ParseFromString(row->value) ||
        config->row_.format_version() != kFormatVersion) {
      return DataLoss("the vault's approved configuration is missing, or does not parse");
    }
    config->revision_ = row->revision;
  }
  if (!pipeline.is_closed()) RETURN_IF_ERROR(config->Settle());
  return config;
}

// What was approved before it was there is kept now that it is: it must not fall back to what was
// before it.
absl::Status ApprovedConfig::Settle() {
  absl::MutexLock lock(&mutex_);
  storage::v1::ApprovedConfigRow settled = row_;
  TakeFoundAnchors(settled);
  if (settled.SerializeAsString() != row_.SerializeAsString()) {
    WriteSet set = SetOf(settled, OfProcess());
    set.preconditions.push_back(Precondition::Unchanged(Table::kPolicy, kRow, revision_));
    const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
    if (!result.committed()) return result.status;
    row_ = std::move(settled);
    revision_ = result.revision;
  }
  WriteSet unapproved;
  for (const storage::v1::ApprovedFile& file : row_.files()) {
    const ConfigFile* const found = FileNamed(found_, file.name());
    if (found != nullptr && found->sha256 == file.sha256()) continue;
    AuditLeaf leaf = LeafOf(AuditAction::kConfigUnapproved, OfProcess(), file.name());
    leaf.outcome = AuditOutcome::kRefused;
    leaf.reason = ErrorReason::kConfigUnapproved;
    unapproved.leaves.push_back(std::move(leaf));
    LogEvent(LogLevel::kError, "config.unapproved").With("file", ConfiguredPath{file.name()});
  }
  if (unapproved.leaves.empty()) return absl::OkStatus();
  return pipeline_.SubmitAndWait(std::move(unapproved)).status;
}

void ApprovedConfig::TakeFoundAnchors(storage::v1::ApprovedConfigRow& row) const {
  for (storage::v1::ApprovedFile& file : *row.mutable_files()) {
    const ConfigFile* const found = FileNamed(found_, file.name());
    if (found != nullptr && found->sha256 == file.sha256()) file.set_anchor(found->content);
  }
}

bool ApprovedConfig::IsFound(const storage::v1::ApprovedConfigRow& row) const {
  return std::all_of(found_.begin(), found_.end(), [&](const ConfigFile& found) {
    return std::any_of(row.files().begin(), row.files().end(), [&](const auto& file) {
      return file.name() == found.name && file.sha256() == found.sha256;
    });
  });
}

bool ApprovedConfig::IsApproved() const {
  absl::MutexLock lock(&mutex_);
  return IsFound(row_);
}

void ApprovedConfig::Observe(std::function<void()> observer) {
  absl::MutexLock lock(&mutex_);
  observer_ = std::move(observer);
}

std::string ApprovedConfig::AnchorInForce(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  for (const storage::v1::ApprovedFile& file : row_.files()) {
    if (file.name() == name) return file.anchor();
  }
  return "";
}

std::vector<ConfigFile> ApprovedConfig::Approved() const {
  absl::MutexLock lock(&mutex_);
  std::vector<ConfigFile> approved;
  for (const storage::v1::ApprovedFile& file : row_.files()) {
    approved.push_back({file.name(), file.sha256(), ""});
  }
  return approved;
}

absl::Status ApprovedConfig::Check(const admin::v1::ApproveConfigurationRequest& request) const {
  for (const ConfigFile& found : found_) {
    const auto named = [&](const admin::v1::FileDigest& file) { return file.name() == found.name; };
    if (std::count_if(request.digests().begin(), request.digests().end(), named) != 1) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "digests",
                             "there is not one digest for each file of GetConfiguration");
    }
  }
  if (static_cast<size_t>(request.digests_size()) != found_.size()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "digests",
                           "there is a digest of a file that GetConfiguration does not name");
  }
  for (const admin::v1::FileDigest& file : request.digests()) {
    const bool is_hex = std::all_of(file.sha256().begin(), file.sha256().end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (file.sha256().size() != 2 * kSha256Size || !is_hex) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "digests.sha256",
                             "not 64 hexadecimal digits, small letters");
    }
  }
  if (mode_ == VaultMode::kSandbox) {
    return FailedPrecondition(ErrorReason::kMode,
                              "in sandbox mode every configuration is good: none is approved");
  }
  return absl::OkStatus();
}

Precondition ApprovedConfig::AsItIs() const {
  absl::MutexLock lock(&mutex_);
  return Precondition::Unchanged(Table::kPolicy, kRow, revision_);
}

absl::Status ApprovedConfig::Approve(const admin::v1::ApproveConfigurationRequest& request,
                                     const Warrant& warrant) {
  RETURN_IF_ERROR(Check(request));
  absl::MutexLock lock(&mutex_);
  storage::v1::ApprovedConfigRow row = row_;
  for (storage::v1::ApprovedFile& file : *row.mutable_files()) {
    for (const admin::v1::FileDigest& named : request.digests()) {
      if (named.name() == file.name()) file.set_sha256(absl::HexStringToBytes(named.sha256()));
    }
  }
  TakeFoundAnchors(row);
  WriteSet set = SetOf(row, warrant.origin);
  set.preconditions.push_back(Precondition::Unchanged(Table::kPolicy, kRow, revision_));
  warrant.Join(set);
  const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (!result.committed()) return result.status;
  const bool was_approved = IsFound(row_);
  row_ = std::move(row);
  revision_ = result.revision;
  // Once: an approval of what is in force opens nothing that was shut meanwhile.
  if (!was_approved && IsFound(row_) && observer_) observer_();
  return absl::OkStatus();
}

}  // namespace cardvault
