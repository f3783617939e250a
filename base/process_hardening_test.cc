#include "base/process_hardening.h"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;

struct Result {
  int exit_code;
  std::string output;
};

// Runs the probe with these words of env(1) before it and these arguments behind.
Result RunProbe(const std::string& env, const std::string& arguments = "") {
  const char* const probe = std::getenv("PROBE");
  if (probe == nullptr) return {-1, "no PROBE"};
  const std::string command = "env " + env + " " + probe + " " + arguments;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {-1, "no pipe"};
  Result result;
  char buffer[512];
  size_t size;
  while ((size = fread(buffer, 1, sizeof(buffer), pipe)) > 0) result.output.append(buffer, size);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

constexpr char kTunables[] = "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0\n";

TEST(ProcessHardeningTest, NoCoreAndNotDumpable) {
  const Result result = RunProbe("-u GLIBC_TUNABLES");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("core=0/0\n"));
  EXPECT_THAT(result.output, HasSubstr("dumpable=0\n"));
}

TEST(ProcessHardeningTest, ReexecutesWithMallocPerturbation) {
  const Result result = RunProbe("-u GLIBC_TUNABLES");
  EXPECT_THAT(result.output, HasSubstr(std::string("GLIBC_TUNABLES=") + kTunables));
  EXPECT_THAT(result.output, HasSubstr("fresh=90\n"));  // the complement of 165: it is in force
  EXPECT_THAT(result.output, HasSubstr("CARDVAULT_REEXECUTED=(unset)\n"));
}

TEST(ProcessHardeningTest, OtherTunablesStayAndWeakerOnesGo) {
  const Result result = RunProbe(
      "GLIBC_TUNABLES=glibc.malloc.perturb=0:glibc.malloc.arena_max=2:"
      "glibc.malloc.tcache_count=7");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              HasSubstr(std::string("GLIBC_TUNABLES=glibc.malloc.arena_max=2:") + kTunables));
  EXPECT_THAT(result.output, HasSubstr("fresh=90\n"));
}

TEST(ProcessHardeningTest, DropsGrpcTracingAndKeepsTheRest) {
  const Result result = RunProbe("GRPC_TRACE=all GRPC_VERBOSITY=debug KEPT=yes");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("GRPC_TRACE=(unset)\n"));
  EXPECT_THAT(result.output, HasSubstr("GRPC_VERBOSITY=(unset)\n"));
  EXPECT_THAT(result.output, HasSubstr("KEPT=yes\n"));
}

TEST(ProcessHardeningTest, DropsGrpcTracingAlsoWhereTheTunablesAreSet) {
  const Result result = RunProbe(
      "GLIBC_TUNABLES=glibc.malloc.perturb=165:glibc.malloc.tcache_count=0 GRPC_TRACE=all");
  EXPECT_THAT(result.output, HasSubstr("GRPC_TRACE=(unset)\n"));
  EXPECT_THAT(result.output, HasSubstr("core=0/0\n"));
}

TEST(ProcessHardeningTest, KeepsArgumentsAndName) {
  const Result result = RunProbe("-u GLIBC_TUNABLES", "--config 'a b'");
  EXPECT_THAT(result.output, HasSubstr("process_hardening_probe\nargv1=--config\nargv2=a b\n"));
  EXPECT_THAT(result.output, HasSubstr("name=process_hardeni\n"));  // the kernel keeps 15
}

TEST(ProcessHardeningTest, SecondReexecutionIsAnErrorAndNotALoop) {
  const Result result = RunProbe("-u GLIBC_TUNABLES CARDVAULT_REEXECUTED=1");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output, "failed\n");
}

TEST(SwapIsOnTest, AgreesWithTheKernel) {
  FILE* const swaps = popen("tail -n +2 /proc/swaps 2>/dev/null | wc -l", "r");
  ASSERT_NE(swaps, nullptr);
  int lines = -1;
  ASSERT_EQ(fscanf(swaps, "%d", &lines), 1);
  pclose(swaps);
  EXPECT_EQ(SwapIsOn(), lines > 0);
}

}  // namespace
}  // namespace cardvault
