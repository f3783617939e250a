#ifndef CARDVAULT_CLI_IMPORT_COLUMNS_H_
#define CARDVAULT_CLI_IMPORT_COLUMNS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cardvault/v1/token_service.pb.h"
#include "cli/row_text.h"

namespace cardvault::cli {

// Which column of an input is which field of a card: by `--map FIELD=COLUMN`, else by its name, in
// any case and spacing. Not thread-safe.
class ImportColumns final {
 public:
  enum class Field {
    kNone,  // not imported
    kExternalId,
    kNumber,
    kExpiry,
    kExpiryMonth,
    kExpiryYear,
    kName,
    kCustomer,
    kRetentionDays,
    kLabel,
  };

  // "FIELD=COLUMN"; what is wrong with it, or "".
  std::string Map(const std::string& words);

  Field FieldOf(absl::string_view column) const;

  // Puts a row's values into the message; its number is cleansed by the caller. Answers the name of
  // the field that cannot be read, "" when all can. Values that are only wrong are the server's to
  // refuse.
  const char* Fill(const std::vector<RowField>& fields, v1::ImportRow& row) const;

 private:
  std::map<std::string, Field, std::less<>> mapped_;  // by the column's exact name
  std::vector<Field> taken_;                          // fields that are mapped
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_IMPORT_COLUMNS_H_
