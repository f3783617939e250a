#include "server/wire/import_intake.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/sha256.h"
#include "base/status.h"
#include "card/free_text.h"
#include "server/wire/cleanse.h"
#include "server/wire/field_checks.h"
#include "server/wire/token_data.h"

namespace cardvault {
namespace {

constexpr size_t kRequestIdBytes = 20;  // two rows of a billion imports do not meet

absl::StatusOr<TokenizeInput> ToInput(const CallContext& call, const ImportPlan& plan,
                                      v1::ImportRow& row) {
  const Cleanse cleanse(row.mutable_number());
  // What is wrong is told before what is missing, and both whether the number is right or not.
  RETURN_IF_ERROR(CheckFreeText(row.cardholder_name(), kMaxNameSize, "cardholder_name"));
  ASSIGN_OR_RETURN(std::optional<CustomerId> customer,
                   OptionalCustomer(row.customer_id(), "customer_id"));
  ASSIGN_OR_RETURN(Labels labels, CheckedLabels(row.labels(), "labels"));
  std::optional<absl::Duration> retention;
  if (row.has_retention()) {
    ASSIGN_OR_RETURN(retention, CheckedRetention(row.retention(), "retention"));
  }
  RETURN_IF_ERROR(CheckCallersId(row.external_id(), "external_id"));
  ASSIGN_OR_RETURN(Expiry expiry, Expiry::Create(row.expiry_month(), row.expiry_year()));
  ASSIGN_OR_RETURN(Pan pan, Pan::Parse(row.number()));
  // Without a customer too: a row that is sent again after the request's window is a duplicate.
  const Reuse reuse = customer.has_value() ? Reuse::kCustomer : Reuse::kMerchant;
  return TokenizeInput{call,
                       RowRequestId(plan.import_id, row.external_id()),
                       std::move(pan),
                       expiry,
                       row.cardholder_name(),
                       std::move(customer),
                       std::move(labels),
                       retention,
                       /*single_use=*/false,
                       reuse,
                       /*with_cvv=*/false,
                       plan.terms};
}

v1::ImportOutcome ToOutcome(Disposition disposition) {
  switch (disposition) {
    case Disposition::kCreated:
      return v1::IMPORT_OUTCOME_CREATED;
    case Disposition::kExisting:
      return v1::IMPORT_OUTCOME_EXISTING;
    case Disposition::kUpdated:
    case Disposition::kExpiryUpdated:  // of Tokenize alone
      return v1::IMPORT_OUTCOME_UPDATED;
  }
  return v1::IMPORT_OUTCOME_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<ImportPlan> ToImportPlan(const v1::ImportSettings& settings) {
  RETURN_IF_ERROR(CheckCallersId(settings.import_id(), "settings.import_id"));
  ImportPlan plan{settings.import_id(), {Duplicates::kSkip, settings.accept_expired()}};
  switch (settings.duplicates()) {
    case v1::DUPLICATE_POLICY_UNSPECIFIED:
    case v1::DUPLICATE_POLICY_SKIP:
      return plan;
    case v1::DUPLICATE_POLICY_UPDATE:
      plan.terms.duplicates = Duplicates::kUpdate;
      return plan;
    case v1::DUPLICATE_POLICY_REFUSE:
      plan.terms.duplicates = Duplicates::kRefuse;
      return plan;
    default:
      return InvalidArgument(ErrorReason::kFieldInvalid, "settings.duplicates",
                             "not a known value");
  }
}

RequestId RowRequestId(const std::string& import_id, const std::string& external_id) {
  const std::string hash = Sha256(LengthPrefixed({import_id, external_id}));
  // Letters alone: an id holds no long run of digits.
  std::string id;
  for (const unsigned char byte : hash.substr(0, kRequestIdBytes)) {
    id.push_back(static_cast<char>('a' + (byte >> 4)));
    id.push_back(static_cast<char>('a' + (byte & 15)));
  }
  absl::StatusOr<RequestId> checked = RequestId::Parse(id, "external_id");
  CV_CHECK(checked.ok());
  return *std::move(checked);
}

void TakeRow(Tokenizer& tokenizer, const CallContext& call, const ImportPlan& plan,
             v1::ImportRow& row, Tokenizer::Done<TokenizeOutput> done) {
  absl::StatusOr<TokenizeInput> input = ToInput(call, plan, row);
  if (!input.ok()) return std::move(done)(input.status());
  tokenizer.Tokenize(*std::move(input), std::move(done));
}

void PutOutcome(const absl::StatusOr<TokenizeOutput>& output, v1::ImportResult& result) {
  if (output.ok()) {
    result.set_token(output->view.token.text());
    result.set_outcome(ToOutcome(output->disposition));
    result.set_state(ToTokenState(output->view.state));
    return;
  }
  result.set_outcome(v1::IMPORT_OUTCOME_REFUSED);
  const absl::string_view reason = ReasonName(ReasonOf(output.status()));
  result.set_reason(reason.data(), reason.size());
  absl::string_view field = FieldOf(output.status());
  absl::ConsumePrefix(&field, "card.");
  if (field == "request_id") field = "external_id";
  result.set_field(field.data(), field.size());
}

bool IsOfTheRow(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return ReasonOf(status) == ErrorReason::kEnumeration;
  }
}

}  // namespace cardvault
