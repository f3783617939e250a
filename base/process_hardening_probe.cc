// Hardens itself and prints what it then is, for process_hardening_test.

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

#include "base/process_hardening.h"

namespace {

void PrintVariable(const char* name) {
  const char* const value = std::getenv(name);
  std::printf("%s=%s\n", name, value == nullptr ? "(unset)" : value);
}

// The byte that fresh memory holds: with perturb=165 glibc fills it with the complement.
unsigned FreshByte() {
  unsigned char* block = static_cast<unsigned char*>(std::malloc(100));
  asm volatile("" : "+r"(block) : : "memory");  // so that the compiler asks memory
  const unsigned byte = block[50];
  std::free(block);
  return byte;
}

}  // namespace

int main(int argc, char** argv) {
  if (!cardvault::HardenProcess(argv).ok()) {
    std::printf("failed\n");
    return 1;
  }
  rlimit core;
  getrlimit(RLIMIT_CORE, &core);
  char name[17] = {};
  prctl(PR_GET_NAME, name);
  std::printf("core=%llu/%llu\n", static_cast<unsigned long long>(core.rlim_cur),
              static_cast<unsigned long long>(core.rlim_max));
  std::printf("dumpable=%d\n", prctl(PR_GET_DUMPABLE));
  std::printf("fresh=%u\n", FreshByte());
  std::printf("name=%s\n", name);
  for (int i = 0; i < argc; ++i) std::printf("argv%d=%s\n", i, argv[i]);
  for (const char* const variable :
       {"GLIBC_TUNABLES", "GRPC_TRACE", "GRPC_VERBOSITY", "CARDVAULT_REEXECUTED", "KEPT"}) {
    PrintVariable(variable);
  }
  return 0;
}
