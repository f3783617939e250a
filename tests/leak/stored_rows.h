#ifndef CARDVAULT_TESTS_LEAK_STORED_ROWS_H_
#define CARDVAULT_TESTS_LEAK_STORED_ROWS_H_

#include <string>
#include <vector>

#include "vault/engine/table.h"

namespace cardvault::testing {

struct StoredRow {
  Table table;
  std::string key;
  std::string value;
  friend bool operator==(const StoredRow&, const StoredRow&) = default;
};

// A string or bytes field of a row, however deep: "CardRecord.pan.sealed".
struct StoredField {
  std::string name;
  std::string value;
};

// Every row of every table; the server must not run.
std::vector<StoredRow> ReadAllRows(const std::string& data_directory);

// Every field that a row's value has, and its key and value as a whole. Dies when the value is not
// of the table's message, or has a field that the message does not know: nothing is overlooked.
std::vector<StoredField> FieldsOf(const StoredRow& row);

// All of a row that is not chance or time: its fields, the lengths of strings and bytes, and the
// numbers.
std::string ShapeOf(const StoredRow& row);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LEAK_STORED_ROWS_H_
