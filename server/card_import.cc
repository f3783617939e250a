#include "server/card_import.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/audited_status.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/sha256.h"
#include "base/status.h"
#include "card/base32.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

constexpr size_t kReferenceBytes = 16;  // as a payment's audit reference

AuditLeaf Leaf(AuditAction action, const CallContext& call, std::string object) {
  return AuditLeaf{.action = action, .origin = call.origin, .object = std::move(object)};
}

}  // namespace

bool CardImport::HasRoom() const {
  absl::MutexLock lock(&mutex_);
  return under_way_ + results_.size() + kMaxImportRows <= kMaxRowsUnderWay;
}

absl::Status CardImport::Start(const v1::ImportSettings& settings) {
  ASSIGN_OR_RETURN(plan_, ToImportPlan(settings));
  const std::string hash = Sha256(LengthPrefixed({call_.merchant.value(), plan_->import_id}));
  reference_ = absl::StrCat("imp_", Base32Lower(hash.substr(0, kReferenceBytes)));
  WriteSet set;
  set.leaves.push_back(Leaf(AuditAction::kImportStarted, call_, reference_));
  {
    absl::MutexLock lock(&mutex_);
    ++under_way_;  // until it is written
  }
  // The rows are behind it in the queue; without it nothing more is taken.
  parts_.pipeline.Submit(std::move(set), [self = shared_from_this()](CommitResult result) {
    self->Ended(result.committed() ? absl::OkStatus() : std::move(result.status));
  });
  return absl::OkStatus();
}

absl::Status CardImport::Take(google::protobuf::Message& message) {
  auto& request = static_cast<v1::ImportCardsRequest&>(message);
  if (request.has_settings() == plan_.has_value()) {
    return InvalidArgument(ErrorReason::kFieldMissing, "settings",
                           "the first message has settings, and no other");
  }
  if (request.rows_size() > static_cast<int>(kMaxImportRows)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "rows", "more than 100 rows");
  }
  if (!plan_.has_value()) RETURN_IF_ERROR(Start(request.settings()));
  {
    absl::MutexLock lock(&mutex_);
    under_way_ += static_cast<size_t>(request.rows_size());
  }
  for (v1::ImportRow& row : *request.mutable_rows()) {
    v1::ImportResult result;
    result.set_row(row.row());
    // Whatever else stands there may be a card number, which no answer holds.
    if (CheckCallersId(row.external_id(), "external_id").ok()) {
      result.set_external_id(row.external_id());
    }
    TakeRow(parts_.tokenizer, call_, *plan_, row,
            [self = shared_from_this(),
             result = std::move(result)](absl::StatusOr<TokenizeOutput> output) mutable {
              self->Decided(std::move(result), std::move(output));
            });
  }
  return absl::OkStatus();
}

void CardImport::Decided(v1::ImportResult result, absl::StatusOr<TokenizeOutput> output) {
  if (!output.ok() && !IsOfTheRow(output.status())) return Ended(output.status());
  PutOutcome(output, result);
  // A refusal that was counted came with its entry.
  if (output.ok() || IsAudited(output.status())) return Answer(std::move(result));
  const bool corrupt = output.status().code() == absl::StatusCode::kDataLoss;
  AuditLeaf leaf =
      Leaf(corrupt ? AuditAction::kRecordCorrupt : AuditAction::kTokenizeRefused, call_, "");
  leaf.outcome = corrupt ? AuditOutcome::kFailed : AuditOutcome::kRefused;
  leaf.reason = ReasonOf(output.status());
  parts_.refusals.Record(std::move(leaf),
                         [self = shared_from_this(), result = std::move(result)]() mutable {
                           self->Answer(std::move(result));
                         });
}

void CardImport::Answer(v1::ImportResult result) {
  {
    absl::MutexLock lock(&mutex_);
    --under_way_;
    ++counts_[result.outcome()];
    results_.push_back(std::move(result));
  }
  wake_();
}

void CardImport::Ended(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (trouble_.ok()) trouble_ = status;
    --under_way_;
  }
  wake_();
}

bool CardImport::IsBusy() const {
  absl::MutexLock lock(&mutex_);
  return under_way_ > 0;
}

bool CardImport::Fill(google::protobuf::Message& message) {
  auto& response = static_cast<v1::ImportCardsResponse&>(message);
  absl::MutexLock lock(&mutex_);
  while (!results_.empty() && response.results_size() < static_cast<int>(kMaxImportRows)) {
    *response.add_results() = std::move(results_.front());
    results_.pop_front();
  }
  return response.results_size() > 0;
}

absl::Status CardImport::Trouble() const {
  absl::MutexLock lock(&mutex_);
  return trouble_;
}

void CardImport::Close(const absl::Status& how, absl::AnyInvocable<void() &&> closed) {
  if (!plan_.has_value()) {
    slot_.reset();
    return std::move(closed)();
  }
  AuditLeaf leaf = Leaf(AuditAction::kImportEnded, call_, reference_);
  {
    absl::MutexLock lock(&mutex_);
    absl::StrAppend(&leaf.object, " created ", counts_[v1::IMPORT_OUTCOME_CREATED], " existing ",
                    counts_[v1::IMPORT_OUTCOME_EXISTING], " updated ",
                    counts_[v1::IMPORT_OUTCOME_UPDATED], " refused ",
                    counts_[v1::IMPORT_OUTCOME_REFUSED]);
  }
  if (!how.ok()) {
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ReasonOf(how);
  }
  WriteSet set;
  set.leaves.push_back(std::move(leaf));
  // What the rows did is in the log already: this entry sums it up.
  parts_.pipeline.Submit(std::move(set), [self = shared_from_this(),
                                          closed = std::move(closed)](CommitResult) mutable {
    self->slot_.reset();  // who begins the next import at once finds it free
    std::move(closed)();
  });
}

}  // namespace cardvault
