#ifndef CARDVAULT_TESTS_TORTURE_EXPORT_JUDGES_H_
#define CARDVAULT_TESTS_TORTURE_EXPORT_JUDGES_H_

#include <string>
#include <vector>

#include "audit/note_key.h"
#include "tests/testing/temp_dir.h"

namespace cardvault::torture {

// Ours and the independent verifier of docs/verify, asked about one file after the other. Not
// thread-safe.
class ExportJudges final {
 public:
  // What both came to.
  struct Judgement {
    std::string ours;
    std::string theirs;
  };

  explicit ExportJudges(std::vector<NoteKey> keys) : keys_(std::move(keys)) {}

  // `notes` are the outside checkpoints, "" for none.
  void Ask(const std::string& content, const std::string& notes);
  // Of all that were asked about, in order: the words of docs/verify/README.md. The independent
  // one runs once for all of them.
  std::vector<Judgement> Answer();

 private:
  std::string Write(const std::string& content);

  const std::vector<NoteKey> keys_;
  const TempDir directory_;
  int file_count_ = 0;
  std::string cases_;
  std::vector<Judgement> judgements_;
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_EXPORT_JUDGES_H_
