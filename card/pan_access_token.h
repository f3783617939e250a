#ifndef CARDVAULT_CARD_PAN_ACCESS_TOKEN_H_
#define CARDVAULT_CARD_PAN_ACCESS_TOKEN_H_

namespace cardvault {

// The pass-key of Pan::Reveal. Only PanAccess (card/access, restricted visibility) can make one;
// it cannot be copied, so it cannot be kept in a member.
class PanAccessToken {
 public:
  PanAccessToken(const PanAccessToken&) = delete;
  PanAccessToken& operator=(const PanAccessToken&) = delete;

 private:
  friend class PanAccess;
  explicit PanAccessToken() {}  // user-provided: no aggregate, so `PanAccessToken{}` fails
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_PAN_ACCESS_TOKEN_H_
