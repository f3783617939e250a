#include "forwarder/answer_reader.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "card/test_pans.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/outbound/upstream_card_detector.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

OutboundAnswer Answer(std::vector<AnswerField> fields) {
  OutboundAnswer answer;
  answer.delivery = OutboundAnswer::Delivery::kAnswered;
  answer.fields = std::move(fields);
  return answer;
}

TEST(AnswerReaderTest, NullAndAbsentFieldsAreNotThere) {
  const OutboundAnswer answer = Answer({{"a", "x", true}, {"b", "", false, true}});
  const AnswerReader reader(answer.fields);
  EXPECT_TRUE(reader.Has("a"));
  EXPECT_FALSE(reader.Has("b"));
  EXPECT_FALSE(reader.Has("c"));
  EXPECT_EQ(reader.Text("b", 10), "");
}

TEST(AnswerReaderTest, TextIsCutBetweenCharactersAndLosesControls) {
  const OutboundAnswer answer = Answer({{"a",
                                         "ab\xE2\x82\xAC"
                                         "d",
                                         true},
                                        {"b", "x\ny\x7fz", true},
                                        {"c", "x\xFFy", true}});
  const AnswerReader reader(answer.fields);
  EXPECT_EQ(reader.Text("a", 4), "ab");
  EXPECT_EQ(reader.Text("a", 5), "ab\xE2\x82\xAC");
  EXPECT_EQ(reader.Text("b", 10), "x y z");
  EXPECT_EQ(reader.Text("c", 10), "x?y");
}

// The firewall judged the text as it came; blanks in the place of its controls must not undo that.
TEST(AnswerReaderTest, TextHasNoCardNumberThatItsControlsKeptApart) {
  std::string with_nuls;
  for (const char c : kVisaTestPan) with_nuls.append({c, '\0'});
  const std::string pan(kVisaTestPan);
  const std::string visa_groups[] = {pan.substr(0, 4), pan.substr(4, 4), pan.substr(8, 4),
                                     pan.substr(12)};
  const OutboundAnswer answer =
      Answer({{"tabs", absl::StrJoin(visa_groups, "\t"), true},
              {"lines", absl::StrJoin(visa_groups, " \n"), true},
              {"nuls", with_nuls, true},
              {"next line", absl::StrJoin(visa_groups, "\xc2\x85 "), true},
              {"invalid", absl::StrJoin(visa_groups, "\xff"), true},
              {"behind a blank", absl::StrCat("no\n", pan), true},
              {"id", "6f1a2b3c-4111-4111-8111-111111111111\n", true},
              {"untouched", pan, false}});
  const AnswerReader reader(answer.fields);
  for (const char* const path :
       {"tabs", "lines", "nuls", "next line", "invalid", "behind a blank"}) {
    EXPECT_EQ(reader.Text(path, 100), kCardNumberRemoved) << path;
    // Before it is cut.
    EXPECT_EQ(reader.Text(path, 18), kCardNumberRemoved.substr(0, 18)) << path;
    EXPECT_EQ(reader.Text(path, 5), kCardNumberRemoved.substr(0, 5)) << path;
  }
  EXPECT_EQ(reader.Text("id", 100), "6f1a2b3c-4111-4111-8111-111111111111 ");
  // What had nothing to replace was judged as it is: by the firewall, which knows the sent card.
  EXPECT_EQ(reader.Text("untouched", 100), pan);
}

TEST(AnswerReaderTest, UrlTakesWholeHttpsUrlsAlone) {
  const std::string longest =
      absl::StrCat("https://x.example/", std::string(kMaxRedirectUrlSize - 18, 'a'));
  const OutboundAnswer answer = Answer({{"good", "https://x.example/3ds", true},
                                        {"http", "http://x.example/3ds", true},
                                        {"script", "javascript:alert(1)", true},
                                        {"longest", longest, true},
                                        {"longer", absl::StrCat(longest, "a"), true}});
  const AnswerReader reader(answer.fields);
  EXPECT_EQ(reader.Url("good"), "https://x.example/3ds");
  EXPECT_EQ(reader.Url("http"), "");
  EXPECT_EQ(reader.Url("script"), "");
  EXPECT_EQ(reader.Url("longest"), longest);
  EXPECT_EQ(reader.Url("longer"), "");
  EXPECT_EQ(reader.Url("absent"), "");
}

TEST(AnswerReaderTest, AddIdLeavesOutEmptyAndOverlongIds) {
  const OutboundAnswer answer =
      Answer({{"trace_id", "752856", false},
              {"transaction_id", "", true},
              {"payment_id", std::string(kMaxUpstreamIdSize + 1, 'x'), true}});
  const AnswerReader reader(answer.fields);
  PaymentOutcome outcome;
  for (const char* path : {"trace_id", "transaction_id", "payment_id", "absent"}) {
    reader.AddId(path, outcome);
  }
  ASSERT_EQ(outcome.upstream_ids.size(), 1u);
  EXPECT_EQ(outcome.upstream_ids[0].first, "trace_id");
  EXPECT_EQ(outcome.upstream_ids[0].second, "752856");
}

TEST(AnswerReaderTest, MoreThanWasAskedForIsForAPerson) {
  const SentPayment sent{"order-1", "USD", 1500, 2, 2};
  const OutboundAnswer answer = Answer({{"less", "1499", false},
                                        {"all", "1500", false},
                                        {"more", "1501", false},
                                        {"none", "many", true}});
  const AnswerReader reader(answer.fields);
  const auto read = [&](const char* path) {
    PaymentOutcome outcome;
    reader.ReadSettledAmount(path, sent, outcome);
    return outcome;
  };
  EXPECT_EQ(read("less").settled_amount, 1499);
  EXPECT_FALSE(read("less").needs_review);
  EXPECT_EQ(read("all").settled_amount, 1500);
  EXPECT_FALSE(read("all").needs_review);
  EXPECT_EQ(read("more").settled_amount, 1501);
  EXPECT_TRUE(read("more").needs_review);
  for (const char* path : {"none", "absent"}) {
    EXPECT_EQ(read(path).settled_amount, std::nullopt);
    EXPECT_FALSE(read(path).needs_review);
  }
}

TEST(AnswerReaderTest, SaysOtherOnlyForWhatIsThereAndDiffers) {
  const OutboundAnswer answer = Answer({{"order_id", "order-1", true},
                                        {"amount", "1500", false},
                                        {"decimal", "1500.00", false},
                                        {"null", "", false, true}});
  const AnswerReader reader(answer.fields);
  EXPECT_FALSE(reader.SaysOther("order_id", "order-1"));
  EXPECT_TRUE(reader.SaysOther("order_id", "order-2"));
  EXPECT_FALSE(reader.SaysOther("absent", "order-1"));
  EXPECT_FALSE(reader.SaysOther("null", "order-1"));
  EXPECT_FALSE(reader.SaysOtherAmount("amount", 1500));
  EXPECT_TRUE(reader.SaysOtherAmount("amount", 1501));
  EXPECT_TRUE(reader.SaysOtherAmount("decimal", 1500));
  EXPECT_FALSE(reader.SaysOtherAmount("absent", 1500));
}

}  // namespace
}  // namespace cardvault
