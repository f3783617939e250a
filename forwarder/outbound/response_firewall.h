#ifndef CARDVAULT_FORWARDER_OUTBOUND_RESPONSE_FIREWALL_H_
#define CARDVAULT_FORWARDER_OUTBOUND_RESPONSE_FIREWALL_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "card/pan.h"
#include "forwarder/outbound/upstream_card_detector.h"  // IWYU pragma: export

namespace cardvault {

// What stands where it stood; for a card number, kCardNumberRemoved.
inline constexpr absl::string_view kCodeRemoved = "[card code removed]";
inline constexpr absl::string_view kTextRemoved = "[text removed: too long]";
inline constexpr size_t kMaxAnswerTextSize = 8 * 1024;  // bytes; longer ones are not let in

// Lets the texts of an upstream's answer in without the card that was sent, or, when none was
// sent, without any card number. What it undoes to look: escapes of URLs, JSON, C, HTML and
// quoted-printable (escape_decoder.h), base64, base64url and hex at every offset
// (binary_text_decoder.h), in any order, four layers deep (so twice-encoded URLs too). In each
// reading it looks for the digits that were sent, forwards and backwards, with separators, mark-up
// or in other scripts' digits (card_spelling.h), or for any card number as people write them
// (card/free_text.h), UUIDs aside.
//
// A card verification code is wiped before the answer comes, so it cannot be compared: where the
// field's name or a reading mentions one, all that has its three or four digits is masked.
//
// Not found: a number cut into two fields, encrypted, compressed, spelt in words, as decimal
// codes of its characters ("52 49"), or as hex with a prefix before each byte ("0x34"); one whose
// digits have more between them than card_spelling.h says; when no card was sent, also one that is
// written backwards, or in groups of other sizes or separators than card/free_text.h says; a code
// that no English name of it stands beside as a word of its own, whose digits are set apart
// ("5-6-8"), or that is encoded by itself ("cvv: NTY4"). Not thread-safe.
class ResponseFirewall final {
 public:
  // `sent_pan` outlives it. Null: no card was sent, and anything that is a card number by issuer
  // range, length and Luhn is one; the whole text is masked then.
  explicit ResponseFirewall(const Pan* sent_pan) : sent_pan_(sent_pan) {}

  // The text with every card masked; nullopt for a URL that holds one, because a masked URL leads
  // elsewhere. `name` is the last part of the field's path.
  std::optional<std::string> Pass(absl::string_view name, absl::string_view text);

  // Whether anything was masked or dropped for a card or a code so far.
  bool has_found() const { return has_found_; }

 private:
  const Pan* const sent_pan_;
  bool has_found_ = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_RESPONSE_FIREWALL_H_
