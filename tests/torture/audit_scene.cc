#include "tests/torture/audit_scene.h"

#include <stdlib.h>

#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"
#include "tests/torture/key_schedule.h"

namespace cardvault::torture {
namespace {

namespace fs = std::filesystem;

using testing::Call;

constexpr uint64_t kNumbers = 8;
// Some hundred entries: both verifiers are through with a file in some milliseconds.
constexpr uint64_t kStepsMin = 30;
constexpr uint64_t kStepsSpread = 90;
constexpr const char* kRotated[] = {"audit-signing", "audit-signing", "pan",
                                    "profile",       "fingerprint",   "row-index"};
constexpr uint64_t kKillDelayMicros = 5'000;
constexpr char kReserve[] = "RESERVE";

}  // namespace

void CopyDataDirectory(const std::string& from, const std::string& to) {
  fs::create_directory(to);
  fs::permissions(to, fs::perms::owner_all);
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    if (entry.path().filename() == kReserve) continue;
    fs::copy(entry.path(), fs::path(to) / entry.path().filename());
  }
}

AuditScene::AuditScene(std::mt19937_64& random)
    : random_(random), arena_(testing::kDaemon, /*uses_hsm=*/false), operator_(arena_, findings_) {
  CardGenerator cards(random_());
  for (uint64_t i = 0; i < kNumbers; ++i) numbers_.push_back(cards.Pan());
  const uint64_t steps = kStepsMin + Below(kStepsSpread);
  const uint64_t early = Below(steps);
  Tokenize();
  for (uint64_t i = 0; i < steps; ++i) {
    Step();
    if (i == early) {
      Export({}, /*is_range=*/true, /*is_early=*/true);
      Kill();
    }
  }
  Tokenize();
  Export({}, /*is_range=*/true, /*is_early=*/false);
  Export({"--action", "token.created"}, /*is_range=*/false, /*is_early=*/false);
  LearnKeys();
  arena_.End(/*by_kill=*/false);
  sink_ = testing::ReadWholeFile(sink_path());
  for (GivenExport& given : exports_) given.notes = NotesOf(given);
  std::optional<LogImage> log = ReadLogImage(data_directory());
  CV_CHECK(log.has_value());
  log_ = *std::move(log);
}

void AuditScene::Step() {
  switch (Below(16)) {
    case 0:
      operator_.Do({KeyStep::Kind::kRotate, kRotated[Below(std::size(kRotated))], std::nullopt});
      break;
    case 1:
      if (Below(3) == 0) operator_.Do({KeyStep::Kind::kRotateKek, "", std::nullopt});
      break;
    case 2:
      if (Below(3) == 0) Kill();
      break;
    case 3:
    case 4:
      Look();
      break;
    case 5:
    case 6:
      Pay();
      break;
    case 7:
    case 8:
    case 9:
      BeRefused();
      break;
    default:
      Tokenize();
  }
}

void AuditScene::Tokenize() {
  Call call;
  v1::TokenizeResponse response;
  const grpc::Status status = arena_.stubs()->ingest->Tokenize(
      call,
      testing::TokenizeOf(absl::StrCat("request-", ++requests_), numbers_[Below(kNumbers)], ""),
      &response);
  CV_CHECK(status.ok());
  token_ = response.token().token();
}

// The route's gateway is not there: what is entered is all that is wanted.
void AuditScene::Pay() {
  Call call;
  v1::PayInResponse response;
  arena_.vault().PayIn()->PayIn(
      call, testing::PayInOf("cards-h2h", absl::StrCat("payment-", ++requests_), token_, 100),
      &response);
}

void AuditScene::BeRefused() {
  const auto stubs = arena_.stubs();
  Call call;
  if (Below(2) == 0) {
    v1::GetTokenRequest request;
    request.set_token("tok_test_00000000000000000000000000");
    v1::GetTokenResponse response;
    stubs->tokens->GetToken(call, request, &response);
  } else {
    v1::TokenizeResponse response;
    stubs->ingest->Tokenize(
        call, testing::TokenizeOf(absl::StrCat("request-", ++requests_), "4000", ""), &response);
  }
}

void AuditScene::Look() {
  Call call;
  admin::v1::GetStatusResponse status;
  arena_.stubs()->system->GetStatus(call, {}, &status);
}

// In the middle of a call; the directory as it is then is copied.
void AuditScene::Kill() {
  ++kills_;
  std::thread caller(
      [stubs = arena_.stubs(), number = numbers_[Below(kNumbers)], request = ++requests_] {
        Call call;
        v1::TokenizeResponse response;
        stubs->ingest->Tokenize(
            call, testing::TokenizeOf(absl::StrCat("request-", request), number, ""), &response);
      });
  absl::SleepFor(absl::Microseconds(Below(kKillDelayMicros)));
  arena_.KillAndRestart([this] {
    earlier_copies_.push_back(
        arena_.vault().directory().File(absl::StrCat("earlier-", earlier_copies_.size())));
    CopyDataDirectory(data_directory(), earlier_copies_.back());
  });
  caller.join();
}

void AuditScene::Export(std::vector<std::string> options, bool is_range, bool is_early) {
  const testing::VaultProcess& vault = arena_.vault();
  const std::string out = vault.directory().File(absl::StrCat("export-", exports_.size()));
  std::vector<std::string> words = {
      "cli/cardvault", "--profile", vault.WriteProfile(), "audit", "export", "--out", out};
  words.insert(words.end(), options.begin(), options.end());
  const testing::Finished finished = testing::RunToEnd(words, vault.directory().File("cli-output"));
  if (finished.exit_code != 0) fputs(finished.output.c_str(), stderr);
  CV_CHECK(finished.exit_code == 0);
  exports_.push_back({testing::ReadWholeFile(out), "", is_range, is_early});
}

std::string AuditScene::NotesOf(const GivenExport& given) const {
  const size_t at = given.content.find("\"size\":");
  CV_CHECK(at != std::string::npos);
  const uint64_t size = strtoull(given.content.c_str() + at + 7, nullptr, 10);
  // Each is text, an empty line, signatures, an empty line.
  const std::vector<std::string> blocks = absl::StrSplit(sink_, "\n\n");
  std::string notes;
  uint64_t newest = 0;
  for (size_t i = 0; i + 1 < blocks.size(); i += 2) {
    const std::vector<std::string> lines = absl::StrSplit(blocks[i], '\n');
    const uint64_t note_size = strtoull(lines[1].c_str(), nullptr, 10);
    if (note_size > size) break;
    newest = note_size;
    absl::StrAppend(&notes, blocks[i], "\n\n", blocks[i + 1], "\n\n");
  }
  return newest == size ? notes : "";
}

void AuditScene::LearnKeys() {
  const testing::VaultProcess& vault = arena_.vault();
  const testing::Finished listed =
      testing::RunToEnd({"cli/cardvault", "--profile", vault.WriteProfile(), "audit", "keys"},
                        vault.directory().File("cli-output"));
  for (const absl::string_view line : absl::StrSplit(listed.output, '\n')) {
    for (const absl::string_view word : absl::StrSplit(line, ' ')) {
      absl::StatusOr<NoteKey> key = NoteKey::Parse(word);
      if (key.ok()) keys_.push_back(*std::move(key));
    }
  }
  CV_CHECK(!keys_.empty());
}

bool AuditScene::ServesCardsOn(const std::string& directory) {
  const std::string whole = arena_.vault().directory().File("whole");
  fs::rename(data_directory(), whole);
  fs::rename(directory, data_directory());
  const bool serves = arena_.TryStart([this] {
    Call call;
    v1::TokenizeResponse response;
    return arena_.vault()
        .Ingest()
        ->Tokenize(call, testing::TokenizeOf("request-after", numbers_[0], ""), &response)
        .ok();
  });
  fs::rename(data_directory(), directory);
  fs::rename(whole, data_directory());
  testing::WriteWholeFile(sink_path(), sink_);
  return serves;
}

}  // namespace cardvault::torture
