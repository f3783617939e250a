#ifndef CARDVAULT_AUDIT_VERIFIER_TESTING_TWO_VERIFIERS_H_
#define CARDVAULT_AUDIT_VERIFIER_TESTING_TWO_VERIFIERS_H_

#include <string>
#include <vector>

#include "audit/verifier/verdict.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {

// What is given to a verification, as contents of files.
struct VerifyCase {
  std::vector<std::string> exports;
  std::vector<std::string> keys;
  std::string notes;  // "" for no file
};

// Verifies with ours and with the independent verifier of docs/verify. Not thread-safe.
class TwoVerifiers final {
 public:
  TwoVerifiers() = default;
  TwoVerifiers(const TwoVerifiers&) = delete;
  TwoVerifiers& operator=(const TwoVerifiers&) = delete;
  // Expects of every case that both came to the same verdict, place and text: the independent one
  // runs once for all of them.
  ~TwoVerifiers();

  // Ours.
  Verdict Verify(const VerifyCase& given);

 private:
  void Compare();
  std::string Write(const std::string& content);

  const TempDir directory_;
  int file_count_ = 0;
  std::vector<std::string> cases_;
  std::vector<std::string> verdicts_;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_VERIFIER_TESTING_TWO_VERIFIERS_H_
