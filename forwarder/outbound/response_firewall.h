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
// sent, without any card number. What it undoes to look: escapes of URLs, JSON and HTML, base64,
// base64url and hex at every offset, in any order, four layers deep (so twice-encoded URLs too);
// and it looks for the digits forwards and backwards, with separators, mark-up or in other
// scripts' digits (card_spelling.h). Not found: a number cut into two fields, encrypted,
// compressed or spelt in words.
//
// A card verification code is wiped before the answer comes, so it cannot be compared: codes are
// masked by the name they stand behind. Not thread-safe.
class ResponseFirewall final {
 public:
  // `sent_pan` outlives it. Null: no card was sent, and anything that is a card number by issuer
  // range, length and Luhn is one; the whole text is masked then. UUIDs pass.
  explicit ResponseFirewall(const Pan* sent_pan) : sent_pan_(sent_pan) {}

  // The text with every card masked; nullopt for a URL that holds one, because a masked URL leads
  // elsewhere. `name` is the last part of the field's path.
  std::optional<std::string> Pass(absl::string_view name, absl::string_view text);

  // Whether anything was masked or dropped for a card so far.
  bool has_found() const { return has_found_; }

 private:
  const Pan* const sent_pan_;
  bool has_found_ = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_RESPONSE_FIREWALL_H_
