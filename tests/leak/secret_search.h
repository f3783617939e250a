#ifndef CARDVAULT_TESTS_LEAK_SECRET_SEARCH_H_
#define CARDVAULT_TESTS_LEAK_SECRET_SEARCH_H_

#include <sys/types.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/testing/child_process.h"

namespace cardvault::testing {

// Card numbers and CVVs, and tools/secret_search.py to look for them. Not thread-safe.
class SecretSearch final {
 public:
  // What the tool prints goes to `output_path`, outside of what is searched.
  explicit SecretSearch(std::string output_path) : output_path_(std::move(output_path)) {}

  void AddCard(const std::string& number) { secrets_.insert("card " + number); }
  void AddCvv(const std::string& code) { secrets_.insert("cvv " + code); }

  // Searches files below `paths`, and the memory of `pid`, which holds `marker` for sure. Exit code
  // 0: nothing is there, and the search has proved that it sees. The output has no secret in it.
  Finished Run(const std::vector<std::string>& paths, std::optional<pid_t> pid = std::nullopt,
               const std::string& marker = "") const;

 private:
  const std::string output_path_;
  std::set<std::string> secrets_;
};

// Whether this process may read the memory of one that hides it. Says so when it may not.
bool MayReadMemory();

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LEAK_SECRET_SEARCH_H_
