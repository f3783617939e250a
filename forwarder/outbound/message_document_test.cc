#include "forwarder/outbound/message_document.h"

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "forwarder/outbound/sorted_values.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace {

size_t allocated_bytes = 0;

}  // namespace

// Counts what this test's one thread allocates.
void* operator new(size_t size) {
  allocated_bytes += size;
  if (void* const block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }

namespace cardvault {
namespace {

// What was allocated since this was made, freed or not.
class AllocatedBytes final {
 public:
  size_t count() const { return allocated_bytes - before_; }

 private:
  const size_t before_ = allocated_bytes;
};

using Kind = MessageDocument::Kind;

absl::StatusOr<MessageDocument> Parse(absl::string_view text) {
  return MessageDocument::Parse(SecretBytes::CopyOf(text));
}

std::string TextAt(const MessageDocument& document, absl::string_view path) {
  const MessageDocument::Value* const value = document.Find(path);
  return value == nullptr ? "(none)" : std::string(value->text.data(), value->text.size());
}

TEST(MessageDocumentTest, FindsValuesByDottedPath) {
  const auto document = Parse(
      R"( {"status" : "success","info":{"amount":1500,"deep":{"x":true}},"n":null,)"
      R"("e":-1.50e+03,"f":false,"s":"a\u0034\n\"","big":123456789012345678901234567890,"z":0} )");
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(TextAt(*document, "status"), "success");
  EXPECT_EQ(TextAt(*document, "info.amount"), "1500");
  EXPECT_EQ(TextAt(*document, "info.deep.x"), "true");
  EXPECT_EQ(TextAt(*document, "f"), "false");
  EXPECT_EQ(TextAt(*document, "s"), "a4\n\"");
  // Literals stay as they came.
  EXPECT_EQ(TextAt(*document, "e"), "-1.50e+03");
  EXPECT_EQ(TextAt(*document, "big"), "123456789012345678901234567890");
  EXPECT_EQ(TextAt(*document, "z"), "0");
  EXPECT_EQ(document->Find("n")->kind, Kind::kNull);
  EXPECT_EQ(document->Find("status")->kind, Kind::kString);
  EXPECT_EQ(document->Find("z")->kind, Kind::kNumber);
  EXPECT_EQ(document->Find("info"), nullptr);
  EXPECT_EQ(document->Find("nothing"), nullptr);
  EXPECT_EQ(document->Find(""), nullptr);
}

TEST(MessageDocumentTest, SkipsArraysAndNamesThatLookLikePaths) {
  const auto document = Parse(R"({"a":[{"b":1},2],"c.d":3,"":4,"e":{"":5},"a2":{"b":6}})");
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(document->Find("a"), nullptr);
  EXPECT_EQ(document->Find("a.b"), nullptr);
  EXPECT_EQ(document->Find("c.d"), nullptr);
  EXPECT_EQ(document->Find("e."), nullptr);
  EXPECT_EQ(TextAt(*document, "a2.b"), "6");
}

TEST(MessageDocumentTest, RefusesWhatIsNotExactlyOneObject) {
  for (const absl::string_view text : {"",
                                       " ",
                                       "[]",
                                       "1",
                                       "\"a\"",
                                       "null",
                                       "{",
                                       "{}}",
                                       "{} {}",
                                       "{}x",
                                       "{\"a\":1",
                                       "{\"a\":1,}",
                                       "{\"a\":01}",
                                       "{\"a\":NaN}",
                                       "{a:1}",
                                       "{'a':1}",
                                       "/**/{}",
                                       "{\"a\":\"\n\"}",
                                       "\xef\xbb\xbf{}",
                                       "<html></html>",
                                       "{\"a\":1}{\"a\":2}",
                                       "{\"a\":+1}",
                                       "{\"a\":1.}"}) {
    EXPECT_THAT(Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_FALSE(Parse(absl::string_view("{}\0{}", 5)).ok());
  EXPECT_FALSE(Parse(absl::string_view("{}\0", 3)).ok());
}

TEST(MessageDocumentTest, EveryCutIsRefused) {
  const std::string text = R"({"status":"success","info":{"amount":1500},"list":[1,"a"]})";
  ASSERT_THAT(Parse(text), IsOk());
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(Parse(text.substr(0, size)).ok()) << size;
  }
}

TEST(MessageDocumentTest, RefusesInvalidUtf8) {
  for (const absl::string_view text :
       {"{\"a\":\"\xff\"}", "{\"a\":\"\xc3\"}", "{\"a\":\"\xc0\x80\"}", "{\"\xff\":1}",
        "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00x\"}"}) {
    EXPECT_FALSE(Parse(text).ok()) << text;
  }
  EXPECT_EQ(TextAt(*Parse(R"({"a":"\ud83d\ude00"})"), "a"), "\xf0\x9f\x98\x80");
}

TEST(MessageDocumentTest, RefusesANameTwiceInOneObject) {
  EXPECT_FALSE(Parse(R"({"a":1,"a":1})").ok());
  EXPECT_FALSE(Parse(R"({"a":1,"\u0061":2})").ok());
  EXPECT_FALSE(Parse(R"({"x":{"a":1,"b":2,"a":3}})").ok());
  EXPECT_FALSE(Parse(R"({"x":[{"a":1,"a":3}]})").ok());
  EXPECT_TRUE(Parse(R"({"a":1,"x":{"a":1},"y":[{"a":1},{"a":1}]})").ok());
}

TEST(MessageDocumentTest, DepthAndCountAreBounded) {
  const auto nested = [](size_t depth) {
    std::string text = "1";
    for (size_t i = 0; i < depth; ++i) text = absl::StrCat("{\"a\":", text, "}");
    return text;
  };
  EXPECT_TRUE(Parse(nested(kMaxMessageDepth)).ok());
  EXPECT_FALSE(Parse(nested(kMaxMessageDepth + 1)).ok());
  EXPECT_FALSE(Parse(absl::StrCat("{\"a\":", std::string(100000, '['))).ok());
  std::string many = "{\"a\":[1";
  for (size_t i = 0; i < kMaxMessageValues; ++i) many += ",1";
  EXPECT_FALSE(Parse(many + "]}").ok());
}

// A path would be copied for each value under it.
TEST(MessageDocumentTest, WhatLiesUnderALongPathIsNotKeptByIt) {
  const std::string longest(kMaxMessagePathSize, 'k');
  const auto document = Parse(absl::StrCat("{\"", longest, "\":1,\"", longest, "x\":2,\"",
                                           longest.substr(2), "\":{\"a\":3,\"ab\":{\"c\":4}}}"));
  ASSERT_THAT(document, IsOk());
  EXPECT_EQ(TextAt(*document, longest), "1");
  EXPECT_EQ(document->Find(longest + "x"), nullptr);
  EXPECT_EQ(TextAt(*document, longest.substr(2) + ".a"), "3");
  EXPECT_FALSE(document->HasContainer(longest.substr(2) + ".ab"));
  EXPECT_EQ(document->Find(longest.substr(2) + ".ab.c"), nullptr);
}

TEST(MessageDocumentTest, PathsTakeASmallMultipleOfTheBody) {
  const std::string name(200 * 1024, 'k');
  std::string body = "{\"" + name + "\":{\"a\":0";
  for (size_t i = 1; i < kMaxMessageValues - 2; ++i) absl::StrAppend(&body, ",\"a", i, "\":1");
  body += "}}";
  AllocatedBytes allocated;
  ASSERT_THAT(Parse(body), IsOk());
  EXPECT_LT(allocated.count(), 16 * body.size());
}

class AnswerProofTest : public ::testing::Test {
 protected:
  static bool Verifies(absl::string_view text, absl::string_view secret = "MerchantSecretKey") {
    const auto document = Parse(text);
    EXPECT_THAT(document, IsOk());
    return document.ok() && document->VerifySortedValues("signature", SecretBytes::CopyOf(secret));
  }
};

TEST_F(AnswerProofTest, VerifiesTheOfficialVector) {
  const std::string members =
      R"("trace_id":752856,"merchant_id":"Test-Integration-Merchant","version":"1.1",)"
      R"("timestamp":1559825373,"frontend":"Integration TEST USD")";
  const std::string signature =
      "c1eb4464bce78dd099501fbdbc6c9b9979070b4d82ef47fbbfbf9535104934d4abd77bfd9480685b317d60db5339"
      "0"
      "97b";
  EXPECT_TRUE(Verifies(absl::StrCat("{", members, ",\"signature\":\"", signature, "\"}")));
  EXPECT_TRUE(Verifies(absl::StrCat("{\"signature\":\"", signature, "\",", members, "}")));
  EXPECT_FALSE(Verifies(absl::StrCat("{", members, "}")));
  EXPECT_FALSE(Verifies(absl::StrCat("{", members, ",\"signature\":null}")));
  EXPECT_FALSE(Verifies(absl::StrCat("{", members, ",\"signature\":1}")));
  EXPECT_FALSE(Verifies(absl::StrCat("{", members, ",\"signature\":\"\"}")));
  EXPECT_FALSE(
      Verifies(absl::StrCat("{", members, ",\"signature\":\"", signature, "\"}"), "AnotherKey"));
  EXPECT_FALSE(Verifies(absl::StrCat("{", members, ",\"x\":1,\"signature\":\"", signature, "\"}")));
  // Null and missing are the same by the vendor's rule.
  EXPECT_TRUE(
      Verifies(absl::StrCat("{", members, ",\"x\":null,\"signature\":\"", signature, "\"}")));
}

TEST_F(AnswerProofTest, CoversUnknownMembersLiteralsAndDecodedText) {
  // python3: hashlib.sha384(b"1" + b"1.50" + "4\u00e9".encode() + b"MerchantSecretKey")
  const absl::string_view signature =
      "d0a8cac86f46fe89b8e76b05558080bb361b76e8b51c8fa7eeccc406cba64c5b07754102e599117e"
      "0cad13d351b65a66";
  EXPECT_TRUE(Verifies(absl::StrCat(
      R"({"d":"\u0034\u00e9","b":false,"c":1.50,"a":true,"signature":")", signature, "\"}")));
}

TEST_F(AnswerProofTest, CoversMembersThatHaveNoPath) {
  const std::string name(kMaxMessagePathSize + 1, 'k');
  SortedValues sorted;
  sorted.Add("", "1");
  sorted.Add("a.b", "2");
  sorted.Add(name, "3");
  const std::string signature = *sorted.Sign(SecretBytes::CopyOf("MerchantSecretKey"));
  const auto body = [&](absl::string_view last) {
    return absl::StrCat("{\"a.b\":2,\"\":1,\"", name, "\":", last, ",\"signature\":\"", signature,
                        "\"}");
  };
  EXPECT_TRUE(Verifies(body("3")));
  EXPECT_FALSE(Verifies(body("4")));
}

TEST_F(AnswerProofTest, NestedValuesCannotBeVerified) {
  // python3: hashlib.sha384(b"1" + b"MerchantSecretKey")
  const std::string end =
      "\"signature\":\"4f6d2c5525eb13962019299cd97eda96c6d227bfe62a2f01e25f593375f9bf90"
      "59d20162bda59e5dc1cc3479db20b935\"}";
  // What is beside the nested value verifies alone, so it is the nesting that counts.
  EXPECT_TRUE(Verifies("{\"a\":true," + end));
  EXPECT_FALSE(Verifies("{\"a\":true,\"b\":{}," + end));
  EXPECT_FALSE(Verifies("{\"a\":true,\"b\":[]," + end));
}

}  // namespace
}  // namespace cardvault
