#include "audit/signed_note.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "audit/testing/test_note_signer.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/testing/seed.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::SizeIs;

// Of the tests of Go's golang.org/x/mod/sumdb/note (note_test.go).
constexpr absl::string_view kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr absl::string_view kPeterLine =
    "\xE2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n";
constexpr absl::string_view kEnochLine =
    "\xE2\x80\x94 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOT"
    "GwnWLox33WWd1RvMc+QQ=\n";
// The seed of Go's PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALV...
constexpr absl::string_view kPeterSeed =
    "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173";

NoteKey Peter() {
  return *NoteKey::Parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
}
NoteKey Enoch() {
  return *NoteKey::Parse("EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop");
}

std::string Note(absl::string_view lines) { return absl::StrCat(kText, "\n", lines); }

TEST(SignedNoteTest, SignNoteMakesTheNoteThatGoMakes) {
  const TestNoteSigner peter("PeterNeumann", kPeterSeed);
  EXPECT_EQ(peter.key().ToString(), Peter().ToString());
  EXPECT_THAT(SignNote(kText, {&peter}), IsOkAndHolds(Note(kPeterLine)));
}

TEST(SignedNoteTest, OpenNoteTakesOneTrustedSignatureAndPassesOverTheOther) {
  const std::string note = Note(absl::StrCat(kPeterLine, kEnochLine));
  for (const NoteKey& trusted : {Peter(), Enoch()}) {
    const auto opened = OpenNote(note, {trusted});
    ASSERT_THAT(opened, IsOk());
    EXPECT_EQ(opened->text, kText);
    ASSERT_THAT(opened->keys, SizeIs(1));
    EXPECT_EQ(opened->keys[0].name(), trusted.name());
  }
  const auto both = OpenNote(note, {Enoch(), Peter()});
  ASSERT_THAT(both, IsOk());
  EXPECT_THAT(both->keys, SizeIs(2));
}

TEST(SignedNoteTest, OpenNoteRefusesWhatNoTrustedKeySigned) {
  EXPECT_THAT(OpenNote(Note(kPeterLine), {Enoch()}),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kUnverified));
  EXPECT_THAT(OpenNote(Note(kPeterLine), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kUnverified));
}

TEST(SignedNoteTest, OpenNotePassesOverAKeyThatSharesOnlyTheNameOrOnlyTheId) {
  const TestNoteSigner other("PeterNeumann", std::string(64, 'a'));
  const TestNoteSigner same_key("NeumannPeter", kPeterSeed);
  for (const NoteSigner* const signer : {&other, &same_key}) {
    const auto note = SignNote(kText, {signer});
    ASSERT_THAT(note, IsOk());
    EXPECT_THAT(OpenNote(*note, {Peter()}),
                StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kUnverified));
  }
  // Peter's id under another name.
  const std::string renamed = absl::StrReplaceAll(kPeterLine, {{"PeterNeumann", "CarmenSandiego"}});
  EXPECT_THAT(OpenNote(Note(renamed), {Peter()}),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kUnverified));
}

TEST(SignedNoteTest, OpenNoteRefusesATrustedKeysBadSignatureBesideAGoodOne) {
  const std::string bad = absl::StrReplaceAll(kPeterLine, {{"ZJkuBS9U", "ZJkuBS9V"}});
  for (const std::string& lines : {bad, absl::StrCat(kEnochLine, bad)}) {
    EXPECT_THAT(OpenNote(Note(lines), {Peter(), Enoch()}),
                StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
  }
  // Longer by three bytes.
  std::string longer(kPeterLine);
  longer.insert(60, "ABCD");
  EXPECT_THAT(OpenNote(Note(longer), {Peter()}),
              StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
}

TEST(SignedNoteTest, OpenNoteRefusesEveryChangedByteOfTheText) {
  const std::string note = Note(kPeterLine);
  for (size_t i = 0; i < kText.size(); ++i) {
    std::string changed = note;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(OpenNote(changed, {Peter()}).ok()) << i;
  }
}

TEST(SignedNoteTest, OpenNoteRefusesATrustedSignatureTwiceAndTakesOthersTwice) {
  EXPECT_THAT(OpenNote(Note(absl::StrCat(kPeterLine, kPeterLine)), {Peter()}),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_THAT(OpenNote(Note(absl::StrCat(kEnochLine, kPeterLine, kEnochLine)), {Peter()}), IsOk());
}

TEST(SignedNoteTest, OpenNoteTakesATrustedKeyThatIsGivenTwice) {
  const auto opened = OpenNote(Note(kPeterLine), {Peter(), Peter()});
  ASSERT_THAT(opened, IsOk());
  EXPECT_THAT(opened->keys, SizeIs(1));
}

TEST(SignedNoteTest, TheTextMayHoldEmptyLines) {
  const TestNoteSigner peter("PeterNeumann", kPeterSeed);
  const std::string text = "\n\na\n\n" + std::string(kPeterLine) + "\nb\n";
  const auto note = SignNote(text, {&peter});
  ASSERT_THAT(note, IsOk());
  const auto opened = OpenNote(*note, {Peter()});
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->text, text);
}

TEST(SignedNoteTest, ParseNoteRefusesWhatIsNoNote) {
  const std::string text(kText);
  const std::string peter(kPeterLine);
  const std::string bad_notes[] = {
      "",
      "\n",
      "\n\n",
      text,
      text + "\n",
      text + peter,                                        // no empty line
      text + "\n" + peter.substr(0, peter.size() - 1),     // no newline
      "\n" + peter,                                        // no text
      text + "\n" + peter + "\n",                          // the signatures are the text's
      "\x01" + text + "\n" + peter,                        // a control character
      "\xFF" + text + "\n" + peter,                        // no UTF-8
      text + "\n" + "\xE2\x80\x94 a b c AAAAAAAA\n",       // a space in the name
      text + "\n" + "\xE2\x80\x94 a+b AAAAAAAA\n",         // a plus sign in the name
      text + "\n" + "\xE2\x80\x94 a\xC2\xA0z AAAAAAAA\n",  // a space beyond ASCII
      text + "\n" + "\xE2\x80\x94  AAAAAAAA\n",            // no name
      text + "\n" + "\xE2\x80\x94 a AAAAAA==\n",           // a key id and no signature
      text + "\n" + "\xE2\x80\x94 a AAAAAAA\n",            // not padded
      text + "\n" + "\xE2\x80\x94 a AAAAAAB=\n",           // bits beyond the last byte
      text + "\n" + "\xE2\x80\x94 a\n",
      text + "\n" +
          "\xE2\x80\x94"
          "a AAAAAAAA\n",
      text + "\n" + "- a AAAAAAAA\n",
      text + "\n" + peter + "Unexpected line.\n",
      absl::StrReplaceAll(text + "\n" + peter, {{"\n", "\r\n"}}),
  };
  for (const std::string& note : bad_notes) {
    EXPECT_THAT(ParseNote(note),
                StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid))
        << absl::CEscape(note);
  }
}

std::string LineOf(absl::string_view name, size_t signature_size) {
  SignedNote note;
  note.signatures.push_back({std::string(name), 1, std::string(signature_size, 's')});
  return SerializeNote(note).substr(1);  // without the empty line
}

TEST(SignedNoteTest, ParseNoteHasItsBounds) {
  const std::string line = LineOf("a", 64);
  const std::string longest_text = std::string(kMaxNoteTextSize - 1, 't') + "\n";
  EXPECT_THAT(ParseNote(absl::StrCat(longest_text, "\n", line)), IsOk());
  EXPECT_THAT(ParseNote(absl::StrCat("t", longest_text, "\n", line)),
              StatusIs(absl::StatusCode::kInvalidArgument));

  std::string lines;
  for (size_t i = 0; i < kMaxNoteSignatureCount; ++i) lines += line;
  EXPECT_THAT(ParseNote(Note(lines)), IsOk());
  EXPECT_THAT(ParseNote(Note(lines + line)), StatusIs(absl::StatusCode::kInvalidArgument));

  constexpr size_t kLongest = kMaxNoteSignatureSize / 4 * 3 - 4;
  EXPECT_THAT(ParseNote(Note(LineOf("a", kLongest))), IsOk());
  EXPECT_THAT(ParseNote(Note(LineOf("a", kLongest + 1))),
              StatusIs(absl::StatusCode::kInvalidArgument));

  // All at their bounds at once.
  const std::string longest_line = LineOf(std::string(kMaxNoteKeyNameSize, 'n'), kLongest);
  std::string longest_note = longest_text + "\n";
  for (size_t i = 0; i < kMaxNoteSignatureCount; ++i) longest_note += longest_line;
  EXPECT_THAT(ParseNote(longest_note), IsOk());
}

class WrongSigner final : public NoteSigner {
 public:
  const NoteKey& key() const override { return key_; }
  absl::StatusOr<Ed25519Signature> Sign(absl::string_view) const override {
    return Ed25519Signature{};
  }

 private:
  const NoteKey key_ = Peter();
};

class FailingSigner final : public NoteSigner {
 public:
  const NoteKey& key() const override { return key_; }
  absl::StatusOr<Ed25519Signature> Sign(absl::string_view) const override {
    return FailedPrecondition(ErrorReason::kVaultSealed, "sealed");
  }

 private:
  const NoteKey key_ = Peter();
};

TEST(SignedNoteTest, SignNoteGivesOutNoWrongSignature) {
  const WrongSigner wrong;
  EXPECT_THAT(SignNote(kText, {&wrong}),
              StatusIs(absl::StatusCode::kInternal, ErrorReason::kCrypto));
  const FailingSigner failing;
  EXPECT_THAT(SignNote(kText, {&failing}),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
}

TEST(SignedNoteTest, SignNoteRefusesWhatIsNoText) {
  const TestNoteSigner peter("PeterNeumann", kPeterSeed);
  for (const std::string& text :
       {std::string(), std::string("a"), std::string("a\tb\n"), std::string("\xFF\n"),
        std::string(kMaxNoteTextSize, 't') + "\n"}) {
    EXPECT_THAT(SignNote(text, {&peter}), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(SignNote(kText, {}), StatusIs(absl::StatusCode::kInvalidArgument));
  const std::vector<const NoteSigner*> too_many(kMaxNoteSignatureCount + 1, &peter);
  EXPECT_THAT(SignNote(kText, too_many), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SignedNoteTest, MutatedNotesNeverOpenToAnotherText) {
  auto random = SeededGenerator();
  const std::string note = Note(absl::StrCat(kPeterLine, kEnochLine));
  for (int round = 0; round < 20000; ++round) {
    std::string changed = note;
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const size_t at = random() % changed.size();
      switch (random() % 4) {
        case 0:
          changed[at] = static_cast<char>(random());
          break;
        case 1:
          changed.erase(at, 1 + random() % 16);
          break;
        case 2:
          changed.insert(at, RandomString(random, 1 + random() % 16));
          break;
        default:
          changed.insert(at, note.substr(random() % note.size(), random() % 64));
      }
      if (changed.empty()) changed = "\n";
    }
    const auto parsed = ParseNote(changed);
    if (parsed.ok()) {
      EXPECT_EQ(SerializeNote(*parsed), changed);
    }
    const auto opened = OpenNote(changed, {Peter()});
    if (opened.ok()) {
      EXPECT_EQ(opened->text, kText);
    }
  }
}

}  // namespace
}  // namespace cardvault
