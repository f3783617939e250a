#ifndef CARDVAULT_TESTS_TESTING_CHILD_PROCESS_H_
#define CARDVAULT_TESTS_TESTING_CHILD_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace cardvault::testing {

// A program that a test started. Its standard output and error go to one file. Killed, with
// SIGKILL, when the object dies, and when the thread that made it ends. Not thread-safe.
class ChildProcess final {
 public:
  // `words` is the program and its arguments; `input` is given on standard input; `descriptors`
  // maps a file descriptor number of the child's to the bytes to be read from it.
  ChildProcess(const std::vector<std::string>& words, const std::string& output_path,
               const std::string& input = "", const std::map<int, std::string>& descriptors = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  void Signal(int signal);
  bool running();

  // Waits for the end: the exit code, or 128 and the number of the signal that ended it.
  int Wait();

  // What it printed so far.
  std::string Output() const;

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
  const std::string output_path_;
};

// Runs a program to its end.
struct Finished {
  int exit_code = -1;
  std::string output;
};
Finished RunToEnd(const std::vector<std::string>& words, const std::string& output_path,
                  const std::map<int, std::string>& descriptors = {});

std::string ReadWholeFile(const std::string& path);
void WriteWholeFile(const std::string& path, const std::string& text, int mode = 0600);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_CHILD_PROCESS_H_
