#ifndef CARDVAULT_TESTS_LOAD_BENCH_REPORT_H_
#define CARDVAULT_TESTS_LOAD_BENCH_REPORT_H_

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cardvault::testing {

// A column of a table: `key` is its name in JSON and, with "_" as blanks, its heading.
struct BenchColumn {
  std::string key;
  int decimals = 0;  // of its numbers
};

// A word, a number, or nothing.
using BenchCell = std::variant<std::monostate, std::string, double>;

struct BenchTable {
  std::string key;    // its name in JSON
  std::string title;  // what is in it, for people
  std::vector<BenchColumn> columns;
  std::vector<std::vector<BenchCell>> rows;  // as many cells as there are columns
};

// A measured figure beside what is wanted of it.
struct BenchTarget {
  std::string what;
  double value = 0;  // NaN: there is none, and the target is not met
  int decimals = 0;
  std::string unit;  // "us"; "" for a ratio
  double at_most = 0;

  bool met() const { return value <= at_most; }
};

// What one part of the benchmark has to say. Two forms of the same: Text for a terminal, Json for
// machines. Not thread-safe.
class BenchReport final {
 public:
  explicit BenchReport(std::string part) : part_(std::move(part)) {}

  // How it was measured: "mutual TLS" is "on", say.
  void AddFact(std::string key, std::string value) {
    facts_.emplace_back(std::move(key), std::move(value));
  }
  void AddTable(BenchTable table) { tables_.push_back(std::move(table)); }
  void AddTarget(BenchTarget target) { targets_.push_back(std::move(target)); }

  bool all_met() const;
  std::string Text() const;
  std::string Json() const;

 private:
  const std::string part_;
  std::vector<std::pair<std::string, std::string>> facts_;
  std::vector<BenchTable> tables_;
  std::vector<BenchTarget> targets_;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_BENCH_REPORT_H_
