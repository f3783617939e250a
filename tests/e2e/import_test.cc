// `cardvault card import` against a real server: bad rows among good ones, a server that dies in
// the middle, what is refused as a whole, and that no digit of a card is told or kept.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "audit/action.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

class ImportTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(vault_.Start()) << vault_.output(); }

  std::vector<std::string> Words(std::vector<std::string> words) {
    words.insert(words.begin(),
                 {"cli/cardvault", "--profile", vault_.WriteProfile(), "card", "import"});
    return words;
  }

  Finished Import(const std::vector<std::string>& words, const std::string& input) {
    const std::string output = vault_.directory().File(absl::StrCat("out-", ++runs_));
    ChildProcess child(Words(words), output, input);
    const int exit_code = child.Wait();
    return {exit_code, child.Output()};
  }

  int CountEntries(AuditAction action) {
    int count = 0;
    for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
      if (entry.leaf.action == action) ++count;
    }
    return count;
  }

  VaultProcess vault_;
  CardGenerator cards_{11};
  int runs_ = 0;
};

TEST_F(ImportTest, BadRowsStopNoGoodOnesAndNoDigitIsTold) {
  std::vector<std::string> pans;
  for (int i = 0; i < 6; ++i) pans.push_back(cards_.Pan());
  std::string wrong = pans[1];
  wrong.back() = wrong.back() == '9' ? '0' : static_cast<char>(wrong.back() + 1);
  const std::string input =
      absl::StrCat("id,Card Number,expiry,name,label.tier\n",       //
                   "a,", pans[0], ",12/2035,\"Doe, Jane\",gold\n",  // 1
                   "b,", wrong, ",12/2035,x,\n",                    // 2: Luhn
                   "c,", pans[2], ",12/2035,\"x,\n",                // 3: a quote is open
                   "d,", pans[3], ",12/2001,x,\n",                  // 4: expired
                   "e,", pans[0], ",12/2035,x,\n",                  // 5: a duplicate of the first
                   pans[4], ",", pans[4], ",12/2035,x,\n",          // 6: a card number as an id
                   "g,", pans[5], ",someday,x,\n",                  // 7
                   ",", pans[5], ",2035-12,x,");  // 8: without an id, nor a line's end
  const Finished done = Import({"--import-id", "one"}, input);
  EXPECT_EQ(done.exit_code, 1) << done.output;
  std::map<std::string, std::string> lines;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(done.output, '\n'))) {
    lines.emplace(line.substr(0, 2), line);  // the summary comes last
  }
  EXPECT_TRUE(absl::StartsWith(lines["1 "], "1 a tok_test_")) << done.output;
  EXPECT_EQ(lines["2 "], "2 b - REFUSED PAN_INVALID number");
  EXPECT_EQ(lines["3 "], "3 - - REFUSED FIELD_INVALID line");
  EXPECT_EQ(lines["4 "], "4 d - REFUSED EXPIRY_INVALID expiry_month");
  EXPECT_TRUE(absl::StartsWith(lines["5 "], "5 e tok_test_")) << done.output;
  EXPECT_EQ(lines["6 "], "6 - - REFUSED ID_INVALID external_id");
  EXPECT_EQ(lines["7 "], "7 - - REFUSED FIELD_INVALID expiry");
  EXPECT_TRUE(absl::StartsWith(lines["8 "], "8 row-8 tok_test_")) << done.output;
  EXPECT_NE(done.output.find("line 4: line: a quote is not closed"), std::string::npos)
      << done.output;
  EXPECT_NE(done.output.find("8 rows: 2 created, 1 existing, 0 updated, 5 refused"),
            std::string::npos)
      << done.output;
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  EXPECT_EQ(CountEntries(AuditAction::kImportStarted), 1);
  EXPECT_EQ(CountEntries(AuditAction::kImportEnded), 1);
  EXPECT_EQ(CountEntries(AuditAction::kTokenCreated), 2);
  pans.push_back(wrong);
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(vault_.directory().path())) {
    if (!entry.is_regular_file()) continue;
    const std::string bytes = ReadWholeFile(entry.path());
    for (const std::string& pan : pans) {
      EXPECT_EQ(bytes.find(pan), std::string::npos) << entry.path();
    }
  }
}

TEST_F(ImportTest, AServerThatDiesInTheMiddleLosesNoRowAndDoublesNone) {
  constexpr int kRows = 4000;
  std::string input = "external_id,pan,expiry\n";
  for (int i = 0; i < kRows; ++i) {
    absl::StrAppend(&input, "r", i, ",", cards_.Pan(), ",12/2035\n");
  }
  const std::string file = vault_.directory().File("cards.csv");
  const std::string results = vault_.directory().File("results.txt");
  WriteWholeFile(file, input, 0600);
  {
    ChildProcess child(Words({file, "--import-id", "big", "--results", results}),
                       vault_.directory().File("first"));
    // Until some are in: the server tells.
    const auto tokens = vault_.Tokens();
    v1::ListTokensResponse response;
    while (response.next_page_token().empty()) {
      Call call;
      v1::ListTokensRequest request;
      request.set_page_size(200);
      ASSERT_TRUE(tokens->ListTokens(call, request, &response).ok());
    }
    vault_.Kill();
    EXPECT_EQ(child.Wait(), 1) << child.Output();
    EXPECT_NE(child.Output().find("--resume"), std::string::npos) << child.Output();
  }
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  // Rows that the client has no result of are sent again, whether they were committed or not.
  const Finished done = Import({file, "--import-id", "big", "--results", results, "--resume"}, "");
  EXPECT_EQ(done.exit_code, 0) << done.output;
  std::set<std::string> ids;
  std::set<std::string> answered;
  const std::string text = ReadWholeFile(results);
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() < 4 || words[0] == "#") continue;
    EXPECT_TRUE(ids.insert(words[1]).second) << "twice: " << words[1];
    answered.insert(words[2]);
  }
  EXPECT_EQ(ids.size(), static_cast<size_t>(kRows));
  EXPECT_EQ(answered.size(), static_cast<size_t>(kRows));
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  EXPECT_EQ(CountEntries(AuditAction::kTokenCreated), kRows);

  // Another import is not gone on with by mistake.
  EXPECT_EQ(Import({file, "--import-id", "other", "--results", results, "--resume"}, "").exit_code,
            2);
}

TEST_F(ImportTest, WhatHasCvvsIsRefusedBeforeTheFirstRow) {
  const std::string pan = cards_.Pan();
  for (const std::string& input :
       {absl::StrCat("pan,expiry,CVC\n", pan, ",12/2035,123\n"),
        absl::StrCat("pan,expiry,note\n", pan, ",12/2035,123\n"),
        absl::StrCat("pan,expiry,note\n", pan, ",12/2035,;", pan, "=35121010?\n"),
        absl::StrCat("{\"pan\":\"", pan, "\",\"expiry\":\"12/2035\",\"cvv\":\"123\"}\n")}) {
    const Finished done = Import({"--import-id", "sad"}, input);
    EXPECT_EQ(done.exit_code, 2) << done.output;
    EXPECT_EQ(done.output.find("123"), std::string::npos) << done.output;
    EXPECT_EQ(done.output.find(pan), std::string::npos) << done.output;
  }
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  EXPECT_EQ(CountEntries(AuditAction::kImportStarted), 0);
  EXPECT_EQ(CountEntries(AuditAction::kTokenCreated), 0);
}

TEST_F(ImportTest, AFileThatOthersCanReadIsRefusedWithThePipeAsAdvice) {
  const std::string file = vault_.directory().File("open.csv");
  WriteWholeFile(file, absl::StrCat("pan,expiry\n", cards_.Pan(), ",12/2035\n"), 0644);
  const Finished refused = Import({file, "--import-id", "open"}, "");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.output.find("your-source | cardvault card import"), std::string::npos)
      << refused.output;
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  EXPECT_EQ(Import({file, "--import-id", "open"}, "").exit_code, 0);
}

TEST_F(ImportTest, JsonLinesAndPoliciesForDuplicates) {
  const std::string pan = cards_.Pan();
  const auto row = [&](const char* id, const char* expiry) {
    return absl::StrCat("{\"external_id\":\"", id, "\",\"pan\":\"", pan, "\",\"expiry\":\"", expiry,
                        "\",\"customer_id\":\"c-1\"}\n");
  };
  EXPECT_EQ(Import({"--import-id", "j"}, row("a", "12/2035")).exit_code, 0);
  const Finished skipped = Import({"--import-id", "j"}, row("b", "12/2036"));
  EXPECT_NE(skipped.output.find(" EXISTING"), std::string::npos) << skipped.output;
  const Finished updated =
      Import({"--import-id", "j", "--duplicates", "update"}, row("c", "12/2036"));
  EXPECT_NE(updated.output.find(" UPDATED"), std::string::npos) << updated.output;
  const Finished refused =
      Import({"--import-id", "j", "--duplicates", "refuse"}, row("d", "12/2036"));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.output.find("1 d - REFUSED DUPLICATE number"), std::string::npos)
      << refused.output;
  Call call;
  v1::ListTokensResponse listed;
  ASSERT_TRUE(vault_.Tokens()->ListTokens(call, {}, &listed).ok());
  ASSERT_EQ(listed.tokens_size(), 1);
  EXPECT_EQ(listed.tokens(0).expiry_year(), 2036);
}

// Its input stays open: what came in before is sent, answered and told of.
TEST_F(ImportTest, AnInterruptedImportWaitsForWhatIsUnderWayAndIsGoneOnWith) {
  constexpr int kRows = 450;
  constexpr int kRowsBefore = 350;  // messages of 100 rows, and half of one that is never filled
  std::vector<std::string> lines = {"external_id,pan,expiry\n"};
  for (int i = 0; i < kRows; ++i) {
    lines.push_back(absl::StrCat("r", i, ",", cards_.Pan(), ",12/2035\n"));
  }
  const std::string results = vault_.directory().File("results.txt");
  const std::string pipe = vault_.directory().File("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  {
    ChildProcess child(Words({pipe, "--import-id", "stopped", "--results", results}),
                       vault_.directory().File("stopped"));
    std::ofstream source(pipe);  // when the command has opened it as well
    for (int i = 0; i <= kRowsBefore; ++i) source << lines[static_cast<size_t>(i)];
    source.flush();
    // The first messages are in.
    const auto tokens = vault_.Tokens();
    v1::ListTokensResponse response;
    while (response.tokens_size() < 200) {
      Call call;
      v1::ListTokensRequest request;
      request.set_page_size(200);
      ASSERT_TRUE(tokens->ListTokens(call, request, &response).ok());
    }
    child.Signal(SIGINT);
    EXPECT_EQ(child.Wait(), 1) << child.Output();
    EXPECT_NE(child.Output().find(absl::StrCat("with --results ", results, " --resume")),
              std::string::npos)
        << child.Output();
  }
  // Each row that was sent has its result, behind the line that names the import.
  const std::string before = ReadWholeFile(results);
  const auto told = std::count(before.begin(), before.end(), '\n') - 1;
  EXPECT_GE(told, 200) << before;
  EXPECT_LE(told, kRowsBefore) << before;
  const Finished done = Import({"--import-id", "stopped", "--results", results, "--resume"},
                               absl::StrJoin(lines, ""));
  EXPECT_EQ(done.exit_code, 0) << done.output;
  EXPECT_NE(done.output.find(absl::StrCat(kRows - told, " rows: ", kRows - told, " created")),
            std::string::npos)
      << done.output;
  const std::string after = ReadWholeFile(results);
  EXPECT_EQ(std::count(after.begin(), after.end(), '\n'), kRows + 1) << after;
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  EXPECT_EQ(CountEntries(AuditAction::kTokenCreated), kRows);
}

TEST_F(ImportTest, ResultsAreJsonForMachines) {
  const std::string input =
      absl::StrCat("id,pan,expiry\na,", cards_.Pan(), ",12/2035\nb,4111,12/2035\n");
  std::vector<std::string> words = Words({"--import-id", "json"});
  words.insert(words.begin() + 1, "--json");
  ChildProcess child(words, vault_.directory().File("json"), input);
  EXPECT_EQ(child.Wait(), 1) << child.Output();
  std::set<std::string> rows;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(child.Output(), '\n'))) {
    if (absl::StartsWith(line, "{")) rows.insert(line);
  }
  ASSERT_EQ(rows.size(), 2u) << child.Output();
  EXPECT_TRUE(
      absl::StartsWith(*rows.begin(), "{\"row\":1,\"external_id\":\"a\",\"token\":\"tok_test_"))
      << *rows.begin();
  EXPECT_TRUE(
      absl::EndsWith(*rows.begin(), "\"outcome\":\"CREATED\",\"reason\":\"\",\"field\":\"\"}"))
      << *rows.begin();
  EXPECT_EQ(*rows.rbegin(),
            "{\"row\":2,\"external_id\":\"b\",\"token\":\"\",\"outcome\":\"REFUSED\","
            "\"reason\":\"PAN_INVALID\",\"field\":\"number\"}");
}

}  // namespace
}  // namespace cardvault::testing
