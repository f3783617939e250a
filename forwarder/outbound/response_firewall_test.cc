#include "forwarder/outbound/response_firewall.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "card/pan.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"

namespace cardvault {
namespace {

std::string Str(absl::string_view text) { return std::string(text.data(), text.size()); }

// Each digit written by `write`.
template <typename Write>
std::string Spell(absl::string_view digits, Write write) {
  std::string result;
  for (const char c : digits) absl::StrAppend(&result, write(c));
  return result;
}

std::string Grouped(absl::string_view digits, absl::string_view separator) {
  std::string result;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 4 == 0) absl::StrAppend(&result, separator);
    result += digits[i];
  }
  return result;
}

std::string UrlEncode(absl::string_view text) {
  return Spell(text, [](char c) { return absl::StrFormat("%%%02X", c); });
}

std::string HexBytes(absl::string_view text, absl::string_view separator) {
  return absl::StrJoin(text, separator,
                       [](std::string* out, char c) { absl::StrAppendFormat(out, "%02x", c); });
}

// Base64 of which each starting point reads as another text, again and again.
std::string ManyTexts(const std::string& text, int layers) {
  if (layers == 0) return text;
  std::string result;
  for (int start = 0; start < 4; ++start) {
    absl::StrAppend(&result, std::string(start, 'A'),
                    absl::Base64Escape(ManyTexts(absl::StrCat(text, start), layers - 1)), " ");
  }
  return result;
}

// Every spelling that the firewall promises to see, by name.
std::vector<std::pair<std::string, std::string>> Spellings(const std::string& pan) {
  std::vector<std::pair<std::string, std::string>> all = {
      {"plain", pan},
      {"spaces", Grouped(pan, " ")},
      {"dashes", Grouped(pan, "-")},
      {"dots", Grouped(pan, ".")},
      {"slashes", Grouped(pan, " / ")},
      {"no-break spaces", Grouped(pan, "\xc2\xa0")},
      {"a dash between all", Spell(pan,
                                   [](char c) {
                                     return absl::StrCat(Str({&c, 1}), "-");
                                   })},
      {"mark-up", Grouped(pan, "<br class=\"x\"/>")},
      {"inside a longer run", "00" + pan + "99"},
      {"backwards", std::string(pan.rbegin(), pan.rend())},
      {"full-width",
       Spell(pan, [](char c) { return Str("\xef\xbc") + static_cast<char>(c - '0' + 0x90); })},
      {"Arabic-Indic",
       Spell(pan, [](char c) { return Str("\xd9") + static_cast<char>(c - '0' + 0xa0); })},
      {"URL", UrlEncode(pan)},
      {"URL, the spaces alone", Grouped(pan, "%20")},
      {"URL twice", UrlEncode(UrlEncode(pan))},
      {"URL %u", Spell(pan, [](char c) { return absl::StrFormat("%%u%04X", c); })},
      {"JSON", Spell(pan, [](char c) { return absl::StrFormat("\\u%04x", c); })},
      {"JSON in JSON", Spell(pan, [](char c) { return absl::StrFormat("\\\\u%04x", c); })},
      {"JavaScript", Spell(pan, [](char c) { return absl::StrFormat("\\x%02x", c); })},
      {"HTML decimal", Spell(pan, [](char c) { return absl::StrFormat("&#%d;", c); })},
      {"HTML decimal padded", Spell(pan, [](char c) { return absl::StrFormat("&#00%d;", c); })},
      {"HTML hex", Spell(pan, [](char c) { return absl::StrFormat("&#x%X;", c); })},
      {"HTML twice", Spell(pan, [](char c) { return absl::StrFormat("&amp;#%d;", c); })},
      {"HTML spaces", Grouped(pan, "&nbsp;")},
      {"HTML in a URL", Spell(pan, [](char c) { return UrlEncode(absl::StrFormat("&#%d;", c)); })},
      {"JavaScript braces", Spell(pan, [](char c) { return absl::StrFormat("\\u{%x}", c); })},
      {"Perl braces", Spell(pan, [](char c) { return absl::StrFormat("\\x{00%x}", c); })},
      {"octal", Spell(pan, [](char c) { return absl::StrFormat("\\%03o", c); })},
      {"quoted-printable", Spell(pan, [](char c) { return absl::StrFormat("=%02X", c); })},
      {"quoted-printable, soft line ends", Grouped(pan, "=\r\n")},
      {"quoted-printable in a URL",
       UrlEncode(Spell(pan, [](char c) { return absl::StrFormat("=%02X", c); }))},
      {"tabs", Grouped(pan, "\t")},
      {"line ends", Grouped(pan, "\r\n")},
      {"NULs", Spell(pan,
                     [](char c) {
                       return Str({&c, 1}) + '\0';
                     })},
      {"bars", Grouped(pan, "|")},
      {"stars", Grouped(pan, "*")},
      {"short mark-up", Grouped(pan, "<b>")},
      {"mark-up and blanks", Grouped(pan, "</b> <b>")},
      {"hex bytes, blanks", HexBytes(pan, " ")},
      {"hex bytes, colons", HexBytes(pan, ":")},
      {"hex bytes, commas", HexBytes(pan, ", ")},
      {"hex bytes, dashes", HexBytes(pan, "-")},
      {"hex bytes of base64", HexBytes(absl::Base64Escape(pan), " ")},
      {"hex", absl::BytesToHexString(pan)},
      {"hex, odd start", "a" + absl::BytesToHexString(pan)},
      {"base64 of base64", absl::Base64Escape(absl::Base64Escape(pan))},
      {"base64 of URL", absl::Base64Escape(UrlEncode(pan))},
      {"URL of base64", UrlEncode(absl::Base64Escape(pan))},
  };
  for (const std::string before : {"", "x", "xy", "{\"n\":\"", "\xff\xfe\xfd"}) {
    all.emplace_back("base64 after " + absl::CEscape(before),
                     absl::Base64Escape(before + pan + "\"}"));
    all.emplace_back("base64url after " + absl::CEscape(before),
                     absl::WebSafeBase64Escape(before + pan + "\"}"));
  }
  // UTF-16, as some write it before base64.
  std::string wide;
  for (const char c : pan) {
    wide += c;
    wide += '\0';
  }
  all.emplace_back("base64 of UTF-16", absl::Base64Escape(wide));
  std::string lines = absl::Base64Escape("some text before it: " + pan);
  lines.insert(32, "\r\n");
  all.emplace_back("base64 in lines", lines);
  return all;
}

TEST(ResponseFirewallTest, MasksTheSentCardInEverySpelling) {  // F2
  CardGenerator generator(7);
  std::vector<std::string> pans = {generator.Pan()};
  for (const absl::string_view pan : {kVisaTestPan3, kAmexTestPan, kUnionPay19DigitTestPan,
                                      kMaestro12DigitTestPan, kVisa13DigitTestPan}) {
    pans.push_back(Str(pan));
  }
  for (const std::string& pan : pans) {
    const Pan sent = *Pan::Parse(pan);
    for (const auto& [name, spelling] : Spellings(pan)) {
      for (const std::string& text :
           {spelling, "card " + spelling + " declined", "{\"n\":\"" + spelling + "\"}"}) {
        ResponseFirewall firewall(&sent);
        const auto passed = firewall.Pass("message", text);
        ASSERT_TRUE(passed.has_value()) << name;
        EXPECT_NE(passed->find(Str(kCardNumberRemoved)), std::string::npos) << name;
        // What is left, read again, holds nothing more.
        ResponseFirewall again(&sent);
        EXPECT_EQ(again.Pass("message", *passed), passed) << name;
        EXPECT_FALSE(again.has_found()) << name;
      }
    }
  }
}

TEST(ResponseFirewallTest, KeepsWhatStandsAround) {
  const Pan sent = *Pan::Parse(kVisaTestPan3);
  ResponseFirewall firewall(&sent);
  EXPECT_EQ(firewall.Pass("message", absl::StrCat("a ", Grouped(kVisaTestPan3, " "), " b ",
                                                  kVisaTestPan3, ".")),
            absl::StrCat("a ", kCardNumberRemoved, " b ", kCardNumberRemoved, "."));
}

TEST(ResponseFirewallTest, MasksNumbersByTheirLiteral) {
  const Pan sent = *Pan::Parse(kMastercardTestPan2);  // ends in 00
  const std::string digits = Str(kMastercardTestPan2);
  for (const std::string& literal :
       {digits, digits + ".0", digits.substr(0, 1) + "." + digits.substr(1, 13) + "E15",
        digits.substr(0, 14) + "e2", digits.substr(0, 1) + "." + digits.substr(1) + "e+15"}) {
    ResponseFirewall firewall(&sent);
    EXPECT_EQ(firewall.Pass("error_code", literal)->find(digits.substr(0, 8)), std::string::npos)
        << literal;
    EXPECT_TRUE(firewall.has_found()) << literal;
  }
}

TEST(ResponseFirewallTest, LetsHonestTextsThrough) {
  const Pan sent = *Pan::Parse(kVisaTestPan3);
  ResponseFirewall firewall(&sent);
  for (const std::string& text :
       {Str(""), Str("Approved"), Str("711"), Str("PreAuth error"), Str("752856"),
        Str("6f1a2b3c-4d5e-4f60-8192-a3b4c5d6e7f8"), Str("1700000000"), Str("-1.5e3"),
        Str("https://pay.example/3ds?session=NDI0MjQyNDI0MjQyNDI0Mg%3D%3D&x=%7B%22a%22%3A1%7D"),
        Str("card 401288******1881"), Str("\xc3\xa9t\xc3\xa9 & \\ 100%"),
        // Another card than the one that was sent is not this path's business.
        Str(kVisaTestPan)}) {
    EXPECT_EQ(firewall.Pass("message", text), text);
  }
  EXPECT_FALSE(firewall.has_found());
}

TEST(ResponseFirewallTest, DropsAUrlThatHoldsTheCard) {
  const Pan sent = *Pan::Parse(kVisaTestPan3);
  for (const auto& [name, spelling] : Spellings(Str(kVisaTestPan3))) {
    ResponseFirewall firewall(&sent);
    EXPECT_EQ(firewall.Pass("redirect_url", "https://pay.example/?n=" + spelling), std::nullopt)
        << name;
    EXPECT_TRUE(firewall.has_found());
  }
  ResponseFirewall firewall(&sent);
  EXPECT_EQ(firewall.Pass("payment_url", "HTTPS://pay.example/?cvv=568"), std::nullopt);
  EXPECT_EQ(firewall.Pass("payment_url", "https://pay.example/" + std::string(9000, 'a')),
            std::nullopt);
}

TEST(ResponseFirewallTest, MasksCodesByTheirName) {
  const Pan sent = *Pan::Parse(kVisaTestPan3);
  ResponseFirewall firewall(&sent);
  EXPECT_EQ(firewall.Pass("cvv", "568"), Str(kCodeRemoved));
  EXPECT_EQ(firewall.Pass("Security_Code", "568"), Str(kCodeRemoved));
  for (const std::string& text :
       {Str("{\"cvv\":\"568\"}"), Str("{\\\"cvv\\\": \\\"568\\\"}"), Str("cvv=568"),
        Str("CVC2: 568"), Str("security code 568"), Str("cvv%22%3A%22568%22"),
        Str("&quot;cvc&quot;:568"), absl::Base64Escape("{\"card\":1,\"cvv\":\"568\",\"x\":0}")}) {
    ResponseFirewall one(&sent);
    const auto passed = one.Pass("message", text);
    ASSERT_TRUE(passed.has_value());
    EXPECT_NE(passed->find(Str(kCodeRemoved)), std::string::npos) << text;
    EXPECT_EQ(passed->find("568"), std::string::npos) << text;
  }
}

TEST(ResponseFirewallTest, MasksCodesInProseThatMentionsThem) {
  for (const std::string& text : {Str("568 is not a valid CVV"),
                                  Str("cvv mismatch: 568"),
                                  Str("wrong CVV, got 568"),
                                  Str("security code was 568"),
                                  Str("cvv check failed: 568"),
                                  Str("c.v.v. is 568"),
                                  Str("Card Verification\tValue (#568) refused"),
                                  Str("cvvMismatch 568"),
                                  Str("cvv568"),
                                  Str("cvc2_568"),
                                  Str("the csc: [568]"),
                                  Str("568 %63vv"),
                                  Str("=63vv is 568"),
                                  Str("a cvv of \xd9\xa5\xd9\xa6\xd9\xa8"),  // Arabic-Indic
                                  Str("\xef\xbc\x95\xef\xbc\x96\xef\xbc\x98 as cvv"),  // full-width
                                  absl::Base64Escape("cvv=568"),
                                  absl::Base64Escape("x cvv 568"),
                                  absl::WebSafeBase64Escape("568 cvc"),
                                  absl::BytesToHexString("cvv568"),
                                  HexBytes("cvv=568", " ")}) {
    ResponseFirewall firewall(nullptr);
    const auto passed = firewall.Pass("message", text);
    ASSERT_TRUE(passed.has_value());
    EXPECT_NE(passed->find(Str(kCodeRemoved)), std::string::npos) << text;
    EXPECT_TRUE(firewall.has_found());
    // What is left, read again, holds nothing more.
    ResponseFirewall again(nullptr);
    EXPECT_EQ(again.Pass("message", *passed), passed) << text;
  }
  ResponseFirewall firewall(nullptr);
  EXPECT_EQ(firewall.Pass("message", "568: wrong cvv, or 1234 of 12345 (E100)"),
            absl::StrCat(kCodeRemoved, ": wrong cvv, or ", kCodeRemoved, " of 12345 (E100)"));
  EXPECT_EQ(firewall.Pass("cvv_result", "got 568"), absl::StrCat("got ", kCodeRemoved));
}

TEST(ResponseFirewallTest, LetsTextsWithoutCodesThrough) {
  ResponseFirewall firewall(nullptr);
  for (const std::string& text :
       {Str("error 568"), Str("568"), Str("cvv: 12345"), Str("cvv: M"), Str("CVV does not match"),
        Str("room 568 of the music school"), Str("code 1234"), Str("C. Schmidt, 568 Main St"),
        Str("https://pay.example:8443/3ds?t=Y3Z2cVvMcvvcsc&v=2026"), Str("order-568 vcvv"),
        absl::Base64Escape("not a code: 568")}) {
    EXPECT_EQ(firewall.Pass("message", text), text);
  }
  EXPECT_EQ(firewall.Pass("cvv_result", "M"), "M");
  EXPECT_FALSE(firewall.has_found());
}

TEST(ResponseFirewallTest, WithoutACardAnyCardNumberMasksTheWholeText) {  // F2
  for (const absl::string_view pan : kPublishedTestPans) {
    for (const auto& [name, spelling] : Spellings(Str(pan))) {
      // The detector knows no digits to look for, so it needs them as people write cards.
      if (name == "backwards" || name == "slashes") continue;
      ResponseFirewall firewall(nullptr);
      EXPECT_EQ(firewall.Pass("message", "card " + spelling), Str(kCardNumberRemoved))
          << name << " of " << pan.size() << " digits";
      EXPECT_TRUE(firewall.has_found());
    }
  }
}

TEST(ResponseFirewallTest, WithoutACardIdsComeThrough) {
  ResponseFirewall firewall(nullptr);
  // Digits of a UUID that would be a card number without its dashes.
  const std::string digits = Str(kVisaTestPan);
  const std::string uuid = absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-",
                                        digits.substr(12, 4), "-8192-a3b4c5d6e7f8");
  for (const std::string& text :
       {uuid,
        "https://pay.example/3ds/" + uuid,
        Str("752856"),
        Str("1700000000123"),
        Str("order-2030-01-15-000123"),
        Str("198.51.100.24"),
        Str("1500"),
        Str("2026-11-21 20:49:35.123456 +0100"),
        Str("20261121T204935Z"),
        Str("Sat, 21 Nov 2026 20:49:35 +0000"),
        Str("2026-11-21\n2026-11-22\n2026-11-23"),
        Str("error 1001\nfield 2002\nline 3003\npage 4004"),
        Str("card 411111******1111"),
        Str("tx_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        Str("pi_3MtwBwLkdIwHu7ix28a3tqPa"),
        Str("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        Str("TRX-000012345678"),
        Str("dc:a6:32:01:02:03"),
        Str("[1001] <b>2002</b> (3003)"),
        Str("a=12&b=34&c=56&d=78"),
        Str("C:\\061\\062\\063")}) {
    EXPECT_EQ(firewall.Pass("payment_id", text), text);
  }
  EXPECT_FALSE(firewall.has_found());
}

TEST(ResponseFirewallTest, LongAndOverEncodedTextsStayOut) {
  const Pan sent = *Pan::Parse(kVisaTestPan3);
  ResponseFirewall firewall(&sent);
  EXPECT_EQ(firewall.Pass("message", std::string(kMaxAnswerTextSize + 1, 'a')), Str(kTextRemoved));
  EXPECT_EQ(firewall.Pass("message", std::string(kMaxAnswerTextSize, 'a')),
            std::string(kMaxAnswerTextSize, 'a'));
  EXPECT_FALSE(firewall.has_found());
}

TEST(ResponseFirewallTest, ManyEncodedWordsAreReadAndManyReadingsAreRefused) {
  const Pan sent = *Pan::Parse(kVisaTestPan3);
  ResponseFirewall firewall(&sent);
  std::string words;
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&words, absl::Base64Escape(absl::StrCat("harmless text ", i)), " ");
  }
  EXPECT_EQ(firewall.Pass("message", words), words);
  EXPECT_FALSE(firewall.has_found());
  EXPECT_EQ(firewall.Pass("message", words + absl::WebSafeBase64Escape(kVisaTestPan3)),
            words + Str(kCardNumberRemoved));
  const std::string nested = ManyTexts("harmless text ", 3);
  ASSERT_LE(nested.size(), kMaxAnswerTextSize);
  EXPECT_EQ(firewall.Pass("message", nested), Str(kCardNumberRemoved));
}

TEST(ResponseFirewallTest, LongReadingsAreRefusedSooner) {
  // Few, but each nearly as long as the text.
  const auto many_layers = [](size_t size) {
    std::string text(size / 2, 'x');
    for (int layer = 0; layer < 2; ++layer) text = absl::WebSafeBase64Escape(text);
    return absl::StrCat(text, " %252525 =3D3D3D");
  };
  const Pan sent = *Pan::Parse(kVisaTestPan3);
  ResponseFirewall firewall(&sent);
  const std::string shorter = many_layers(kMaxAnswerTextSize / 2);
  EXPECT_EQ(firewall.Pass("message", shorter), shorter);
  EXPECT_FALSE(firewall.has_found());
  const std::string longer = many_layers(kMaxAnswerTextSize);
  ASSERT_LE(longer.size(), kMaxAnswerTextSize);
  EXPECT_EQ(firewall.Pass("message", longer), Str(kCardNumberRemoved));
}

TEST(ResponseFirewallTest, ExponentsOfAnySizeAreRead) {
  const Pan sent = *Pan::Parse(kVisaTestPan3);
  ResponseFirewall firewall(&sent);
  for (const std::string& text :
       {Str("0.5e-2147483648"), Str("5e2147483647"), Str("5e99999999999")}) {
    EXPECT_EQ(firewall.Pass("message", text), text);
  }
}

}  // namespace
}  // namespace cardvault
