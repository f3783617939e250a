#ifndef CARDVAULT_CLI_TABLE_H_
#define CARDVAULT_CLI_TABLE_H_

#include <string>
#include <vector>

namespace cardvault::cli {

// Rows under aligned column heads, as people read them. Not thread-safe.
class Table final {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  // With a line under the heads; "(none)" below them when there are no rows.
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "name   value" lines for one thing; empty values are left out.
std::string Details(const std::vector<std::pair<std::string, std::string>>& lines);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_TABLE_H_
