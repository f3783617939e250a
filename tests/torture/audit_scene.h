#ifndef CARDVAULT_TESTS_TORTURE_AUDIT_SCENE_H_
#define CARDVAULT_TESTS_TORTURE_AUDIT_SCENE_H_

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "audit/note_key.h"
#include "tests/torture/card_book.h"
#include "tests/torture/key_arena.h"
#include "tests/torture/key_finding.h"
#include "tests/torture/key_operator.h"
#include "tests/torture/log_image.h"

namespace cardvault::torture {

// What an auditor was given: a file.
struct GivenExport {
  std::string content;
  std::string notes;  // the outside checkpoints up to the export's own
  bool is_range = false;
  // Made before the log had all of its entries, and all of those it had: by the outside checkpoints
  // of now its end is missing.
  bool is_early = false;
};

// A vault that lived: cards and payments came and were refused, keys and their KEK were replaced,
// people looked and exported, the server was killed; then it ended in good order, so that the last
// outside checkpoint is of all that there is. Not thread-safe.
class AuditScene final {
 public:
  // Plays it. Dies when the vault does not do what any vault does.
  explicit AuditScene(std::mt19937_64& random);

  // What the auditor holds.
  const std::vector<NoteKey>& keys() const { return keys_; }
  const std::string& sink() const { return sink_; }  // the content
  std::string sink_path() const { return arena_.vault().directory().File("checkpoints"); }
  const std::vector<GivenExport>& exports() const { return exports_; }

  std::string data_directory() const { return arena_.vault().data_directory(); }
  // Copies of earlier moments, while no server ran.
  const std::vector<std::string>& earlier_copies() const { return earlier_copies_; }
  const LogImage& log() const { return log_; }
  int kills() const { return kills_; }

  // Puts another directory in the place of the vault's, starts the server on it and puts back all
  // as it was. Whether a card was tokenized there: as if nothing had happened to it.
  bool ServesCardsOn(const std::string& data_directory);

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  void Step();
  void Tokenize();
  void Pay();
  void BeRefused();
  void Look();
  void Kill();
  void Export(std::vector<std::string> options, bool is_range, bool is_early);
  void LearnKeys();
  // The outside checkpoints up to that of the export; "" when that one went outside no more.
  std::string NotesOf(const GivenExport& given) const;

  std::mt19937_64& random_;
  KeyArena arena_;
  KeyFindings findings_;
  KeyOperator operator_;
  std::vector<std::string> numbers_;
  std::string token_;
  int requests_ = 0;
  int kills_ = 0;
  std::vector<NoteKey> keys_;
  std::string sink_;
  std::vector<GivenExport> exports_;
  std::vector<std::string> earlier_copies_;
  LogImage log_;
};

// Copies a data directory, but for the room that its server reserves.
void CopyDataDirectory(const std::string& from, const std::string& to);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_AUDIT_SCENE_H_
