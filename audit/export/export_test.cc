// The form of exports: pinned bytes, one form for each content, and what is read back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "audit/export/cef_line.h"
#include "audit/export/csv_line.h"
#include "audit/export/export_entry.h"
#include "audit/export/export_header.h"
#include "audit/export/export_reader.h"
#include "audit/export/export_segment.h"
#include "audit/export/export_writer.h"
#include "audit/export/resume_point.h"
#include "audit/testing/memory_log.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/testing/seed.h"
#include "tests/testing/child_process.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;
using Lines = std::vector<std::string>;

// Entries of every shape, at sequences of every size of a segment.
std::string GoldenRange() {
  MemoryLog log;
  log.AddSome(21);
  return log.ExportRange(3, 20, 21, 2);
}

std::string GoldenFiltered() {
  MemoryLog log;
  log.AddSome(21);
  return log.ExportFiltered(
      3, 20, 21, [](const AuditEntry& entry) { return entry.sequence % 7 == 2; },
      {{"action", "route.applied"}, {"principal", "a\"b\\c"}}, 13);
}

TEST(ExportTest, TheFormIsPinned) {
  EXPECT_EQ(GoldenRange(), testing::ReadWholeFile("audit/export/testdata/range.golden"));
  EXPECT_EQ(GoldenFiltered(), testing::ReadWholeFile("audit/export/testdata/filtered.golden"));
}

TEST(ExportTest, TheFewestAlignedSegmentsCoverARange) {
  std::vector<std::pair<uint64_t, uint32_t>> places;
  for (uint64_t at = 3; at < 5000;) {
    const SegmentPlace place = NextSegment(at, 5000);
    places.emplace_back(place.first, place.level);
    at = place.end();
  }
  const std::vector<std::pair<uint64_t, uint32_t>> expected = {
      {3, 0},   {4, 2},     {8, 3},     {16, 4},    {32, 5},   {64, 6},   {128, 7},  {256, 8},
      {512, 9}, {1024, 10}, {2048, 10}, {3072, 10}, {4096, 9}, {4608, 8}, {4864, 7}, {4992, 3}};
  EXPECT_EQ(places, expected);
}

TEST(ExportTest, ASegmentsProofIsOfItsSubtreeAndPlaceAlone) {
  MemoryLog log;
  log.AddSome(45);
  for (uint64_t first = 0; first < 45; ++first) {
    const SegmentPlace place = NextSegment(first, 45);
    const ExportSegment segment = *BuildSegment(log, place, 45);
    const TreeHash hash = *log.Node({place.level, first >> place.level});
    EXPECT_TRUE(VerifySegment(segment, hash, 45, log.RootAt(45)));
    EXPECT_FALSE(VerifySegment(segment, log.RootAt(44), 45, log.RootAt(45)));
    std::vector<TreeHash> left;
    if (first > 0) {
      for (const NodeId& id : CompleteNodesOf({0, first})) left.push_back(*log.Node(id));
    }
    EXPECT_EQ(LeftOf(segment, 45), left) << first;
    ExportSegment elsewhere = segment;
    elsewhere.place.first += place.size();
    EXPECT_FALSE(VerifySegment(elsewhere, hash, 45, log.RootAt(45)));
  }
}

class EntryLineTest : public ::testing::Test {
 protected:
  EntryLineTest() { log_.AddSome(5); }

  static bool IsEntry(const std::string& line) {
    AuditEntry entry;
    TreeHash hash;
    return ParseEntryLine(line, entry, hash, nullptr).ok();
  }

  // The line with a part replaced, which must be there.
  static std::string With(const std::string& line, const std::string& from, const std::string& to) {
    EXPECT_THAT(line, HasSubstr(from));
    return absl::StrReplaceAll(line, {{from, to}});
  }

  MemoryLog log_;
};

TEST_F(EntryLineTest, ReadsWhatWasWritten) {
  for (uint64_t i = 0; i < 5; ++i) {
    const TreeProof proof = {log_.RootAt(1), log_.RootAt(2)};
    const std::string line = FormatEntryLine(log_.entry(i), HashOf(log_.entry(i)), &proof);
    AuditEntry entry;
    TreeHash hash;
    TreeProof read_proof;
    ASSERT_THAT(ParseEntryLine(line, entry, hash, &read_proof), IsOk()) << line;
    EXPECT_EQ(EncodeEntry(entry), EncodeEntry(log_.entry(i)));
    EXPECT_EQ(hash, HashOf(entry));
    EXPECT_EQ(read_proof, proof);
  }
}

TEST_F(EntryLineTest, TakesOneFormAlone) {
  const std::string line = FormatEntryLine(log_.entry(1), HashOf(log_.entry(1)), nullptr);
  ASSERT_TRUE(IsEntry(line));
  EXPECT_FALSE(IsEntry(line + " "));
  EXPECT_FALSE(IsEntry(With(line, "\"count\":2", "\"count\": 2")));
  EXPECT_FALSE(IsEntry(With(line, "\"count\":2", "\"count\":02")));
  EXPECT_FALSE(IsEntry(With(line, "\"count\":2", "\"count\":0")));
  EXPECT_FALSE(IsEntry(With(line, "\"count\":2", "\"count\":4294967296")));
  EXPECT_FALSE(IsEntry(With(line, "\"count\":2", "\"key_version\":0,\"count\":2")));
  EXPECT_FALSE(IsEntry(With(line, ",\"hash\"", ",\"object\":\"\",\"hash\"")));
  EXPECT_FALSE(IsEntry(With(line, "\"role\":\"t", "\"role\":\"\\u0074")));
  EXPECT_FALSE(IsEntry(With(line, "spiffe:/", "spiffe:\\/")));
  EXPECT_FALSE(IsEntry(With(line, "spiffe:/", "spiffe:\xc3\xa4")));
  EXPECT_FALSE(IsEntry(With(line, "TOKEN_NOT_FOUND", "TOKEN_FOUND")));
  EXPECT_FALSE(IsEntry(With(line, "token.refused", "token.unheard")));
  EXPECT_FALSE(IsEntry(With(line, "\"refused\"", "\"Refused\"")));
  EXPECT_FALSE(IsEntry(With(line, "2026-11-22T", "2026-02-29T")));
  EXPECT_TRUE(IsEntry(With(line, "2026-11-22T", "2028-02-29T")));
  EXPECT_FALSE(IsEntry(With(line, "2026-11-22T", "1969-11-22T")));
  EXPECT_FALSE(IsEntry(With(line, "T03:14:07", "T03:14:60")));
  EXPECT_FALSE(IsEntry(With(line, "=\"}", "\"}")));
  EXPECT_FALSE(IsEntry(absl::StrCat(line.substr(0, line.size() - 4), "B=\"}")));  // spare bits
}

TEST_F(EntryLineTest, WhatHasNoFormIsNotExported) {
  AuditEntry entry = log_.entry(0);
  EXPECT_TRUE(CanExport(entry));
  entry.time = absl::UnixEpoch() - absl::Microseconds(1);
  EXPECT_FALSE(CanExport(entry));
  entry.time = absl::FromCivil(absl::CivilYear(10000), absl::UTCTimeZone());
  EXPECT_FALSE(CanExport(entry));
  entry = log_.entry(0);
  entry.leaf.object = "\n";
  EXPECT_FALSE(CanExport(entry));
}

TEST(ExportHeaderTest, AForeignNoteIsReadBackAsItWas) {
  ExportHeader header = {ExportKind::kRange, "o", 0, 1, 1, {}, "", {}, {}};
  header.checkpoint = "\xE2\x80\x94 \xF0\x9F\x94\x91 \"\\ \x7f\n";
  const std::string line = FormatHeaderLine(header);
  EXPECT_THAT(line, HasSubstr("\"\\u2014 \\ud83d\\udd11 \\\"\\\\ \\u007f\\n\""));
  EXPECT_EQ(ParseHeaderLine(line)->checkpoint, header.checkpoint);
  for (const char* const other : {"\\u2014 \\ud83d \\\"", "\\u2014 \\udd11 \\\"", "\\u2014 \\u0041",
                                  "\\u2014 \\uD83D\\uDD11", "\\u2014 \\t"}) {
    const std::string altered = absl::StrReplaceAll(line, {{"\\u2014 \\ud83d\\udd11 \\\"", other}});
    ASSERT_NE(altered, line);
    EXPECT_FALSE(ParseHeaderLine(altered).ok()) << other;
  }
}

TEST(ExportHeaderTest, RefusesWhatNoExportSays) {
  const std::string line = GoldenRange().substr(0, GoldenRange().find('\n'));
  ASSERT_TRUE(ParseHeaderLine(line).ok());
  const auto with = [&](const std::string& from, const std::string& to) {
    EXPECT_THAT(line, HasSubstr(from));
    return ParseHeaderLine(absl::StrReplaceAll(line, {{from, to}})).status();
  };
  EXPECT_THAT(with("\"first\":3", "\"first\":20"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(with("\"first\":3", "\"first\":4"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(with("\"end\":20", "\"end\":22"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(with("\"from\":2", "\"from\":21"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(with("\"range\"", "\"filtered\""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(with("\"version\":1", "\"version\":2"), StatusIs(absl::StatusCode::kUnimplemented));
}

class ResumeTest : public ::testing::Test {
 protected:
  ResumeTest() {
    log_.AddSome(60);
    whole_ = log_.ExportRange(5, 57, 60);
  }

  const TempDir directory_;
  const std::string path_ = directory_.File("export.jsonl");
  MemoryLog log_;
  std::string whole_;
};

TEST_F(ResumeTest, WhereverAnExportIsCutItGoesOnToTheSameBytes) {
  const size_t header_size = whole_.find('\n') + 1;
  std::mt19937_64 random = SeededGenerator();
  for (int i = 0; i < 60; ++i) {
    const size_t cut = header_size + random() % (whole_.size() - header_size);
    testing::WriteWholeFile(path_, whole_.substr(0, cut));
    const absl::StatusOr<ResumePoint> point = FindResumePoint(path_);
    ASSERT_THAT(point, IsOk());
    EXPECT_FALSE(point->complete);
    ASSERT_LE(point->offset, cut);
    std::string file = whole_.substr(0, point->offset);
    ExportWriter writer([&](absl::string_view bytes) {
      file.append(bytes.data(), bytes.size());
      return absl::OkStatus();
    });
    writer.Resume(*point);
    while (writer.next() < point->header.end) {
      const SegmentPlace place = NextSegment(writer.next(), point->header.end);
      while (writer.next() < place.end()) {
        ASSERT_THAT(writer.Entry(log_.entry(writer.next())), IsOk());
      }
      ASSERT_THAT(writer.Segment(*BuildSegment(log_, place, point->header.size)), IsOk());
    }
    ASSERT_THAT(writer.End(), IsOk());
    EXPECT_EQ(file, whole_) << "cut at " << cut;
  }
}

TEST_F(ResumeTest, AWholeExportIsCompleteAndAFilteredOneHasNoPoint) {
  testing::WriteWholeFile(path_, whole_);
  EXPECT_TRUE(FindResumePoint(path_)->complete);
  testing::WriteWholeFile(path_, GoldenFiltered());
  EXPECT_THAT(FindResumePoint(path_), StatusIs(absl::StatusCode::kFailedPrecondition));
  testing::WriteWholeFile(path_, whole_.substr(0, 10));
  EXPECT_THAT(FindResumePoint(path_), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(FindResumePoint("/nonexistent/file"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ResumeTest, AWriterTakesNothingOutOfTurn) {
  std::string file;
  ExportWriter writer([&](absl::string_view bytes) {
    file.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  });
  const auto is_refused = [](const absl::Status& status) {
    return status.code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(is_refused(writer.Entry(log_.entry(0))));
  const ExportHeader header = {
      ExportKind::kRange, log_.origin(), 0, 3, 3, {}, log_.Checkpoint(3), {}, {}};
  ASSERT_THAT(writer.Begin(header), IsOk());
  EXPECT_TRUE(is_refused(writer.Begin(header)));
  EXPECT_TRUE(is_refused(writer.Entry(log_.entry(1))));
  ASSERT_THAT(writer.Entry(log_.entry(0)), IsOk());
  const ExportSegment segment = *BuildSegment(log_, {0, 1}, 3);
  EXPECT_TRUE(is_refused(writer.Segment(segment)));
  ASSERT_THAT(writer.Entry(log_.entry(1)), IsOk());
  EXPECT_TRUE(is_refused(writer.Entry(log_.entry(2))));  // a segment is due
  EXPECT_TRUE(is_refused(writer.End()));
  ASSERT_THAT(writer.Segment(segment), IsOk());
  ASSERT_THAT(writer.Entry(log_.entry(2)), IsOk());
  ASSERT_THAT(writer.Segment(*BuildSegment(log_, {2, 0}, 3)), IsOk());
  EXPECT_TRUE(is_refused(writer.Entry(log_.entry(3))));
  ASSERT_THAT(writer.End(), IsOk());
  EXPECT_EQ(file, log_.ExportRange(0, 3, 3));
  ExportWriter full([](absl::string_view) {
    return Unavailable(ErrorReason::kAuditUnavailable, "the disk is full");
  });
  EXPECT_THAT(full.Begin(header), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ResumeTest, AReaderSaysWhichLineItDidNotTake) {
  Lines lines = absl::StrSplit(whole_, '\n');
  lines[7] = "{}";
  testing::WriteWholeFile(path_, absl::StrJoin(lines, "\n"));
  const auto reader = ExportReader::Open(path_);
  ASSERT_THAT(reader, IsOk());
  absl::StatusOr<ExportReader::Line> line = ExportReader::Line::kEntry;
  while (line.ok()) line = (*reader)->Next();
  EXPECT_THAT(line, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ((*reader)->line_number(), 8);
}

TEST_F(ResumeTest, ALineHasABound) {
  const std::string line(kMaxExportLineSize - 1, 'x');
  for (const char* const more : {"\n", "y\n", "y"}) {
    testing::WriteWholeFile(path_, absl::StrCat(line, more));
    EXPECT_THAT(ExportReader::Open(path_), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  // Over more than what is read at once.
  testing::WriteWholeFile(path_, MemoryLog(log_).ExportRange(0, 60, 60));
  EXPECT_THAT(ExportReader::Open(path_), IsOk());
}

TEST(CsvLineTest, NoCellIsAFormula) {
  MemoryLog log;
  log.AddSome(4);
  EXPECT_EQ(CsvHeaderLine(),
            "sequence,time,since_boot_us,action,outcome,key_version,count,reason,principal,role,"
            "address,object,change,hash\r\n");
  const std::string stepped = FormatCsvLine(log.entry(3));
  EXPECT_THAT(stepped, HasSubstr("3,2026-11-22T03:14:09.123456Z,3000000,clock.stepped,success,0,1,"
                                 ",\"cardvaultd\",,,\"'-3600\",,\""));
  const std::string quoted = FormatCsvLine(log.entry(2));
  EXPECT_THAT(quoted, HasSubstr(",\"spiffe://example.com/op\"\"s\\1\",\"operator\","));
  // Each entry's hash, some of which begin with a plus sign.
  log.AddSome(500);
  int formulas = 0;
  for (uint64_t i = 0; i < log.size(); ++i) {
    const std::string line = FormatCsvLine(log.entry(i));
    for (const char* const begin : {"\"=", "\"+", "\"-", "\"@", ",=", ",+", ",-", ",@"}) {
      EXPECT_EQ(line.find(begin), std::string::npos) << line;
    }
    formulas += line.find(",\"'+") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(formulas, 0);
}

TEST(CefLineTest, EscapesWhatCefReads) {
  MemoryLog log;
  log.AddSome(2);
  log.Add({.action = AuditAction::kRouteApplied,
           .outcome = AuditOutcome::kFailed,
           .reason = ErrorReason::kPolicy,
           .origin = {"spiffe://x/a=b\\c|d", "operator", "192.0.2.7:1", "chg-1"},
           .object = "route-a",
           .key_version = 7,
           .count = 3});
  const std::string line = FormatCefLine(log.entry(2));
  const Lines parts = absl::StrSplit(line, absl::MaxSplits('|', 7));
  ASSERT_EQ(parts.size(), 8);
  EXPECT_EQ(parts[0], "CEF:0");
  EXPECT_EQ(parts[4], "route.applied");
  EXPECT_EQ(parts[6], "8");
  EXPECT_THAT(parts[7],
              HasSubstr("rt=1795317248123 externalId=2 outcome=failed cnt=3 reason=POLICY "
                        "suser=spiffe://x/a\\=b\\\\c|d spriv=operator cs1Label=leafHash cs1="));
  EXPECT_THAT(parts[7], HasSubstr("\\= cs2Label=object cs2=route-a cs3Label=address "
                                  "cs3=192.0.2.7:1 cs4Label=change cs4=chg-1 cs5Label=time "
                                  "cs5=2026-11-22T03:14:08.123456Z cn1Label=keyVersion cn1=7 "
                                  "cn2Label=sinceBootMicros cn2=2000000\n"));
}

}  // namespace
}  // namespace cardvault
