#ifndef CARDVAULT_TESTS_TORTURE_TORTURE_MAIN_H_
#define CARDVAULT_TESTS_TORTURE_TORTURE_MAIN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace cardvault::torture {

// What every torture's command line has: runs, a seed, and one thing to break.
struct TortureCommand {
  std::string name;         // "tools/torture keys"
  std::string description;  // what is done, in lines
  std::string footer;       // what the last line says, and an example
  std::string runs_help;
  std::string break_help;
  std::vector<std::string> breakable;
  std::string restore_help = "";  // "": nothing is restored, and there is no such option
};

// Of so many runs one loses its vault and goes on with what is restored of the last backup.
inline constexpr uint64_t kRestoreOneIn = 10;

struct TortureArguments {
  int runs = 20;
  uint64_t seed = 0;
  std::string broken;  // "" for nothing
  uint64_t restore_one_in = kRestoreOneIn;
};

// Reads the command line, prints the seed and does `torture`, whose answer is the exit code. 2 for
// wrong usage. SIGINT and SIGTERM only make IsInterrupted true: servers and files of a run end
// with their objects.
int TortureMain(int argc, char** argv, const TortureCommand& command,
                const std::function<int(const TortureArguments&)>& torture);

bool IsInterrupted();

// The server to torture: the one that is shipped, or one that has `broken` switched off, which it
// is told by the environment. Once a process, before there are threads.
std::string DaemonFor(const std::string& broken);

// A line for each run that is over or, on a terminal, a bar. Call under a lock.
void ShowRun(int run, const std::string& line, absl::Duration time, int done, int runs,
             bool is_clean, const std::string& totals);

// What went wrong once often goes wrong for many: so many differences are shown.
inline constexpr size_t kMaxShown = 5;

// The last lines: what was done, the first differences behind the seed, the result. Answers the
// exit code.
int Conclude(const TortureArguments& arguments, const std::string& totals,
             const std::vector<std::string>& differences, const std::string& result, int done,
             bool is_clean);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_TORTURE_MAIN_H_
