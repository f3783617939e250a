#include "tests/testing/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/check.h"

namespace cardvault::testing {
namespace {

// A pipe's reading end with the bytes in it and the writing end closed; what a test hands over
// fits a pipe's buffer.
int PipeWith(const std::string& bytes) {
  int ends[2];
  CV_CHECK(pipe(ends) == 0);
  CV_CHECK(write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  close(ends[1]);
  return ends[0];
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words, const std::string& output_path,
                           const std::string& input, const std::map<int, std::string>& descriptors)
    : output_path_(output_path) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int output = open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  CV_CHECK(output >= 0);
  // Numbers above those that a test hands over, so that dup2 below never hits one of them.
  constexpr int kFree = 100;
  std::map<int, int> sources;
  sources[STDIN_FILENO] = PipeWith(input);
  for (const auto& [number, bytes] : descriptors) sources[number] = PipeWith(bytes);
  for (auto& [number, source] : sources) {
    const int moved = fcntl(source, F_DUPFD_CLOEXEC, kFree);
    CV_CHECK(moved >= 0);
    close(source);
    source = moved;
  }
  pid_ = fork();
  CV_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (const auto& [number, source] : sources) dup2(source, number);
    // It ends with the test, also when that is killed, and not by a Ctrl-C that is for the test.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(output);
  for (const auto& [number, source] : sources) close(source);
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  Signal(SIGKILL);
  Wait();
}

void ChildProcess::Signal(int signal) { kill(pid_, signal); }

bool ChildProcess::running() {
  if (exit_code_ >= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

int ChildProcess::Wait() {
  if (exit_code_ >= 0) return exit_code_;
  int status = 0;
  CV_CHECK(waitpid(pid_, &status, 0) == pid_);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

std::string ChildProcess::Output() const { return ReadWholeFile(output_path_); }

Finished RunToEnd(const std::vector<std::string>& words, const std::string& output_path,
                  const std::map<int, std::string>& descriptors) {
  const size_t before = ReadWholeFile(output_path).size();
  ChildProcess child(words, output_path, "", descriptors);
  const int exit_code = child.Wait();
  return {exit_code, child.Output().substr(before)};
}

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

void WriteWholeFile(const std::string& path, const std::string& text, int mode) {
  {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    CV_CHECK(file.good());
  }
  CV_CHECK(chmod(path.c_str(), static_cast<mode_t>(mode)) == 0);
}

}  // namespace cardvault::testing
