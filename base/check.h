#ifndef CARDVAULT_BASE_CHECK_H_
#define CARDVAULT_BASE_CHECK_H_

namespace cardvault::internal {
[[noreturn]] void CheckFailed(const char* file, int line);
}

// Ends the process when an invariant of ours is broken. Prints file and line only: a condition's
// operands may be secrets. Not for bad input.
#define CV_CHECK(condition)                                                   \
  do {                                                                        \
    if (!(condition)) ::cardvault::internal::CheckFailed(__FILE__, __LINE__); \
  } while (false)

#endif  // CARDVAULT_BASE_CHECK_H_
