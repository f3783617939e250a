#ifndef CARDVAULT_TESTS_TORTURE_BACKUP_DRILL_H_
#define CARDVAULT_TESTS_TORTURE_BACKUP_DRILL_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "tests/torture/card_book.h"
#include "tests/torture/key_arena.h"
#include "tests/torture/key_finding.h"

namespace cardvault::torture {

// A backup beside traffic, and the loss of everything since. Not thread-safe; one thread after
// another.
class BackupDrill final {
 public:
  // All must outlive it.
  BackupDrill(KeyArena& arena, CardBook& book, KeyFindings& findings)
      : arena_(arena), book_(book), findings_(findings) {}

  // Until one is whole, over kills.
  void MakeBackup();

  // Kills the server and restores the backup, while nobody calls; `at_loss` sees the files that are
  // lost, `at_return` those that are restored, before a server runs on them. Takes the cards out of
  // the book that were acknowledged since and are not in it. How many. Those from before stay in
  // the book, so that they are missed where they are not.
  size_t Restore(absl::FunctionRef<void()> at_loss, absl::FunctionRef<void()> at_return);

 private:
  bool IsThere(const AcknowledgedCard& card);

  KeyArena& arena_;
  CardBook& book_;
  KeyFindings& findings_;
  std::string id_;
  size_t acknowledged_before_ = 0;  // cards, when it was begun
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_BACKUP_DRILL_H_
