#include "forwarder/outbound/testing/upstream_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "forwarder/outbound/testing/throwaway_ca.h"
#include "forwarder/outbound/testing/tls_server.h"

namespace cardvault {
namespace {

void WriteInt(int pipe, int value) {
  CV_CHECK(write(pipe, &value, sizeof(value)) == static_cast<ssize_t>(sizeof(value)));
}

int ReadInt(int pipe) {
  int value = 0;
  CV_CHECK(read(pipe, &value, sizeof(value)) == static_cast<ssize_t>(sizeof(value)));
  return value;
}

[[noreturn]] void RunServer(const std::string& ca_file, int to_parent, int from_parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const ThrowawayCa ca;
  ca.WriteTo(ca_file);
  TlsServer server(ca, [&](const TlsServer::Request&) {
    WriteInt(to_parent, 0);
    ReadInt(from_parent);
    return TlsServer::Reply{HttpAnswer(200, R"({"status":"success"})")};
  });
  WriteInt(to_parent, server.port());
  for (;;) pause();
}

}  // namespace

UpstreamProcess::UpstreamProcess(const std::string& ca_file) {
  int up[2];
  int down[2];
  CV_CHECK(pipe(up) == 0 && pipe(down) == 0);
  child_ = fork();
  CV_CHECK(child_ >= 0);
  if (child_ == 0) RunServer(ca_file, up[1], down[0]);
  close(up[1]);
  close(down[0]);
  from_child_ = up[0];
  to_child_ = down[1];
  port_ = ReadInt(from_child_);
}

UpstreamProcess::~UpstreamProcess() {
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  close(from_child_);
  close(to_child_);
}

void UpstreamProcess::AwaitRequest() { ReadInt(from_child_); }
void UpstreamProcess::Answer() { WriteInt(to_child_, 0); }

}  // namespace cardvault
