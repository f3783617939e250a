#include "tests/leak/secret_search.h"

#include <unistd.h>

#include <cstdio>

namespace cardvault::testing {

Finished SecretSearch::Run(const std::vector<std::string>& paths, std::optional<pid_t> pid,
                           const std::string& marker) const {
  std::vector<std::string> words = {"tools/secret_search.py", "--explain"};
  if (pid.has_value()) {
    words.insert(words.end(), {"--pid", std::to_string(*pid), "--marker", marker});
  }
  words.insert(words.end(), paths.begin(), paths.end());
  std::string lines;
  for (const std::string& secret : secrets_) lines += secret + "\n";
  const size_t before = ReadWholeFile(output_path_).size();
  ChildProcess search(words, output_path_, lines);
  const int exit_code = search.Wait();
  const std::string output = search.Output().substr(before);
  fputs(output.c_str(), stdout);
  return {exit_code, output};
}

bool MayReadMemory() {
  if (geteuid() == 0) return true;
  puts("memory: not searched (needs root)");
  return false;
}

}  // namespace cardvault::testing
