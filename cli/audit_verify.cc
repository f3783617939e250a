#include "cli/audit_verify.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "audit/note_key.h"
#include "audit/verifier/export_verifier.h"
#include "audit/verifier/verdict.h"
#include "cli/entry_bar.h"
#include "vault/checkpoint/store_check.h"
#include "vault/checkpoint/store_verifier.h"

namespace cardvault::cli {
namespace {

struct VerifyOptions {
  std::vector<std::string> files;
  std::string store;
  std::vector<std::string> keys;
  std::string checkpoint;
  bool no_anchor = false;
};

Verdict Judge(const VerifyOptions& options, std::vector<NoteKey> keys) {
  EntryBar bar;
  const auto progress = [&](uint64_t done, uint64_t total) { bar.Show(done, total); };
  if (!options.store.empty()) {
    return VerifyStore({options.store, std::move(keys), options.checkpoint, progress});
  }
  return VerifyExports({options.files, std::move(keys), options.checkpoint, progress});
}

int Verify(const Session& session, const VerifyOptions& options) {
  if (options.files.empty() == options.store.empty()) {
    return Session::Misused("name exports to verify, or a data directory after --store");
  }
  std::vector<NoteKey> keys;
  for (const std::string& text : options.keys) {
    absl::StatusOr<NoteKey> key = NoteKey::Parse(text);
    if (!key.ok()) return Session::Misused("--key: not a verifier key, NAME+KEYID+BASE64");
    keys.push_back(*std::move(key));
  }
  const Verdict verdict = Judge(options, std::move(keys));
  const int printed =
      Session::Print(absl::StrCat(session.json ? JsonOf(verdict) : ReportOf(verdict), "\n"));
  const bool is_enough = verdict.anchored() || (verdict.good() && options.no_anchor);
  return is_enough ? printed : kRefused;
}

}  // namespace

void AddAuditVerifyVerb(CLI::App& audit, const Session& session, int& exit_code) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* verify = audit.add_subcommand(
      "verify",
      "verify exports of the audit log by themselves, without a server, or the whole log where it\n"
      "stands: --store reads a data directory, whether or not a server runs on it, and writes\n"
      "nothing. Exits with 0 only when an outside checkpoint confirms them. The words of an answer "
      "are\n"
      "explained in docs/verify/README.md, where a second verifier is too.\n"
      "Example: cardvault audit verify 2026-11.jsonl --key 'cardvault/vault-ab/log/1+1b2c...+AT...'"
      "\n           --checkpoint checkpoints.txt");
  verify->add_option("files", options->files,
                     "exports: ranges of the log in any order, filtered ones");
  verify->add_option("--store", options->store,
                     "a data directory, or a copy of one, instead of exports: every entry, every "
                     "node of the tree and every checkpoint in it");
  verify
      ->add_option("--key", options->keys,
                   "a verifier key of the log: your own, never one that came with the export; "
                   "again for each further one")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verify->add_option("--checkpoint", options->checkpoint,
                     "a file with a checkpoint that was kept outside, or with all of them");
  verify->add_flag("--no-anchor", options->no_anchor,
                   "exit with 0 too when no outside checkpoint confirms them");
  verify->callback([&session, &exit_code, options] { exit_code = Verify(session, *options); });
}

}  // namespace cardvault::cli
