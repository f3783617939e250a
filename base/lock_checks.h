#ifndef CARDVAULT_BASE_LOCK_CHECKS_H_
#define CARDVAULT_BASE_LOCK_CHECKS_H_

namespace cardvault {

// Abseil looks at each lock whether the order of locks could end in a deadlock, under one lock for
// the whole process, unless it was built without assertions, as Debian's was not. In optimised
// builds this ends that; others, in which the tests run, keep it. First thing in main.
void DropLockChecks();

}  // namespace cardvault

#endif  // CARDVAULT_BASE_LOCK_CHECKS_H_
