#ifndef CARDVAULT_AUDIT_EXPORT_JSON_LINE_H_
#define CARDVAULT_AUDIT_EXPORT_JSON_LINE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/tree_hash.h"

namespace cardvault {

// The JSON of audit exports: each value has one text, so that who reads a line can demand the very
// bytes that its content is written in: what a general parser takes has many texts. ASCII, no
// spaces. Thread-safe.

// A string: `\"`, `\\` and `\n`, and `\u` with four lower-case digits for each UTF-16 unit of what
// is not printable ASCII; everything else stands for itself. `text` is UTF-8.
void AppendJsonString(std::string& out, absl::string_view text);

// "BASE64"
void AppendJsonHash(std::string& out, const TreeHash& hash);

// ["BASE64",...]
void AppendJsonHashes(std::string& out, absl::Span<const TreeHash> hashes);

// Reads one line from its front to its end, each part in the one form that it is written in. After
// the first part that is not there all others fail too, and give empty values. Keeps a view of the
// line. Not thread-safe.
class JsonLineScanner final {
 public:
  explicit JsonLineScanner(absl::string_view line) : rest_(line) {}

  // Takes this text if it comes next.
  bool Take(absl::string_view text);
  // The text must come next.
  void Expect(absl::string_view text);
  // Decimal digits without leading zeros, at most `max`.
  uint64_t Number(uint64_t max);
  // At most `max_size` bytes of UTF-8.
  void String(size_t max_size, std::string& out);
  // A string of printable ASCII.
  void PrintableString(size_t max_size, std::string& out);
  void Hash(TreeHash& out);
  void Hashes(size_t max_count, std::vector<TreeHash>& out);

  void Fail() { ok_ = false; }
  bool ok() const { return ok_; }
  // Whether all was there and nothing follows.
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  // The characters of a string up to its closing quote, as they stand.
  absl::string_view Quoted();

  absl::string_view rest_;
  bool ok_ = true;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_JSON_LINE_H_
