#ifndef CARDVAULT_SERVER_WIRE_IMPORT_INTAKE_H_
#define CARDVAULT_SERVER_WIRE_IMPORT_INTAKE_H_

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/id.h"
#include "cardvault/v1/token_service.pb.h"
#include "tokenizer/tokenizer.h"
#include "vault/call_context.h"

namespace cardvault {

// An import as its first message names it.
struct ImportPlan {
  std::string import_id;  // checked
  ImportTerms terms;
};

// INVALID_ARGUMENT: FIELD_MISSING, ID_INVALID, FIELD_INVALID; fields as "settings.import_id".
absl::StatusOr<ImportPlan> ToImportPlan(const v1::ImportSettings& settings);

// Which request a row is: the same for the same import and external id, whatever else they hold.
RequestId RowRequestId(const std::string& import_id, const std::string& external_id);

// Tokenizes one row. Its number is cleansed when this returns; `done` is called once, perhaps
// before. Errors: as Tokenize, and DUPLICATE; fields as in Card and TokenizeRequest.
void TakeRow(Tokenizer& tokenizer, const CallContext& call, const ImportPlan& plan,
             v1::ImportRow& row, Tokenizer::Done<TokenizeOutput> done);

// What is told of a row. `result` has its number and id already.
void PutOutcome(const absl::StatusOr<TokenizeOutput>& output, v1::ImportResult& result);

// Whether an error is a row's own, and another row may fare better; else it is the vault's.
bool IsOfTheRow(const absl::Status& status);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_WIRE_IMPORT_INTAKE_H_
