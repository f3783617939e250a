#include "audit/checkpoint.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "audit/testing/test_note_signer.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/testing/seed.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

// The checkpoint of docs/formats/checkpoint.md: the reference tree of eight leaves, signed with the
// key of RFC 8032, section 7.1, test 1. Computed with Python's cryptography 48 and hashlib.
constexpr absl::string_view kSeed =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr absl::string_view kVerifierKey =
    "cardvault/vault-1/log/1+4660b528+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
constexpr absl::string_view kNote =
    "cardvault/vault-1/log/1\n"
    "8\n"
    "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
    "\n"
    "\xE2\x80\x94 cardvault/vault-1/log/1 RmC1KBkHjL0Af/Gy1TMG57wC1f4/wcKSUBbhMV+C/BDyg1S5DObWztZw"
    "cJ7SWJgneTrp+jzh89Eo/68R1NItMMqCuQM=\n";

TreeHash ReferenceRoot() {
  const std::string bytes =
      absl::HexStringToBytes("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  TreeHash root;
  std::copy(bytes.begin(), bytes.end(), root.begin());
  return root;
}

std::string OriginOne() { return LogOrigin(*VaultId::Parse("vault-1", "vault"), 1); }
Checkpoint Golden() { return {OriginOne(), 8, ReferenceRoot()}; }
NoteKey GoldenKey() { return *NoteKey::Parse(kVerifierKey); }

TEST(CheckpointTest, SignCheckpointMakesTheGoldenNote) {
  const TestNoteSigner signer(OriginOne(), kSeed);
  EXPECT_EQ(signer.key().ToString(), kVerifierKey);
  EXPECT_THAT(SignCheckpoint(Golden(), {&signer}), IsOkAndHolds(std::string(kNote)));
}

TEST(CheckpointTest, OpenCheckpointReadsTheGoldenNote) {
  EXPECT_THAT(OpenCheckpoint(kNote, {GoldenKey()}), IsOkAndHolds(Golden()));
}

TEST(CheckpointTest, OpenCheckpointNamesWhatIsWrong) {
  EXPECT_THAT(OpenCheckpoint("not a note", {GoldenKey()}),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));

  const TestNoteSigner other_key(OriginOne(), std::string(64, 'b'));
  EXPECT_THAT(OpenCheckpoint(kNote, {other_key.key()}),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kUnverified));

  std::string changed(kNote);
  changed.replace(changed.find("\n8\n"), 3, "\n9\n");
  EXPECT_THAT(OpenCheckpoint(changed, {GoldenKey()}),
              StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));

  // Signed by a key of the next log.
  const TestNoteSigner next(LogOrigin(*VaultId::Parse("vault-1", "vault"), 2), kSeed);
  const auto foreign = SignNote(FormatCheckpoint(Golden()), {&next});
  ASSERT_THAT(foreign, IsOk());
  EXPECT_THAT(OpenCheckpoint(*foreign, {GoldenKey(), next.key()}),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kForeign));

  // A trusted key signed something else.
  const TestNoteSigner signer(OriginOne(), kSeed);
  const auto no_checkpoint = SignNote("hello\n", {&signer});
  ASSERT_THAT(no_checkpoint, IsOk());
  EXPECT_THAT(OpenCheckpoint(*no_checkpoint, {GoldenKey()}),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
}

TEST(CheckpointTest, SignCheckpointRefusesAKeyOfAnotherName) {
  const TestNoteSigner other("cardvault/vault-2/log/1", kSeed);
  EXPECT_THAT(SignCheckpoint(Golden(), {&other}),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
}

TEST(CheckpointTest, ParseCheckpointReadsWhatOthersPublish) {
  // The example of C2SP tlog-checkpoint.
  const auto example = ParseCheckpoint(
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n");
  ASSERT_THAT(example, IsOk());
  EXPECT_EQ(example->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(example->size, 20852163u);

  // An origin with spaces, as Go's checksum database has it.
  EXPECT_THAT(
      ParseCheckpoint("go.sum database tree\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"),
      IsOk());
}

TEST(CheckpointTest, ParseCheckpointPassesOverExtensionLines) {
  EXPECT_THAT(ParseCheckpoint(absl::StrCat(FormatCheckpoint(Golden()), "one\ntwo\n")),
              IsOkAndHolds(Golden()));
}

TEST(CheckpointTest, FormatAndParseAgreeAtTheEdges) {
  for (const uint64_t size : {uint64_t{1}, uint64_t{10}, ~uint64_t{0}}) {
    const Checkpoint checkpoint = {"origin", size, ReferenceRoot()};
    EXPECT_THAT(ParseCheckpoint(FormatCheckpoint(checkpoint)), IsOkAndHolds(checkpoint));
  }
  const Checkpoint empty = {"origin", 0, EmptyRoot()};
  EXPECT_THAT(ParseCheckpoint(FormatCheckpoint(empty)), IsOkAndHolds(empty));
}

TEST(CheckpointTest, ParseCheckpointRefusesEveryOtherForm) {
  const std::string root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=";
  const std::string bad_texts[] = {
      "",
      "\n",
      "o\n8\n",
      "o\n8\n" + root,          // no newline
      "\n8\n" + root + "\n",    // no origin
      "o\n\n" + root + "\n",    // no size
      "o\n08\n" + root + "\n",  // a leading zero
      "o\n00\n" + root + "\n",
      "o\n+8\n" + root + "\n",
      "o\n-8\n" + root + "\n",
      "o\n 8\n" + root + "\n",
      "o\n8 \n" + root + "\n",
      "o\n0x8\n" + root + "\n",
      "o\n18446744073709551616\n" + root + "\n",  // 2^64
      "o\n0\n" + root + "\n",                     // not the empty tree's root
      "o\n8\n" + root + "\n\n",                   // an empty extension line
      "o\n8\n" + root + "\n\nextension\n",
      "o\n8\n" + root.substr(0, 43) + "\n",                    // not padded
      "o\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n",  // bits beyond the last byte
      "o\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQw==\n",  // 31 bytes
      "o\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQygA\n",  // 33 bytes
      "o\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz-Nw7_RgQyg=\n",  // the other alphabet
  };
  for (const std::string& text : bad_texts) {
    EXPECT_THAT(ParseCheckpoint(text),
                StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid))
        << absl::CEscape(text);
  }
}

TEST(CheckpointTest, MutatedCheckpointsParseToWhatTheySayAndNeverOpen) {
  auto random = SeededGenerator();
  const std::string text = FormatCheckpoint(Golden());
  const std::string note(kNote);
  for (int round = 0; round < 20000; ++round) {
    std::string changed = note;
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const size_t at = random() % (text.size() - 1);
      if (random() % 2 == 0) {
        changed[at] = static_cast<char>(random() % 128);
      } else {
        changed.insert(at, 1, "0123456789\nAZaz+/="[random() % 18]);
      }
    }
    const auto opened = OpenCheckpoint(changed, {GoldenKey()});
    if (opened.ok()) {
      EXPECT_EQ(changed, note);
    }
    const std::string changed_text = changed.substr(0, changed.rfind("\n\n") + 1);
    const auto parsed = ParseCheckpoint(changed_text);
    if (!parsed.ok()) continue;
    const std::string again = FormatCheckpoint(*parsed);
    EXPECT_EQ(changed_text.substr(0, again.size()), again);  // behind it, extension lines
  }
}

}  // namespace
}  // namespace cardvault
