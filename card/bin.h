#ifndef CARDVAULT_CARD_BIN_H_
#define CARDVAULT_CARD_BIN_H_

namespace cardvault {

// How many leading digits may be shown: one truncation format system-wide (two formats of one PAN
// combine: PCI SSC FAQ 1091). Fixed when a vault is made.
enum class BinLength { kSix = 6, kEight = 8 };

}  // namespace cardvault

#endif  // CARDVAULT_CARD_BIN_H_
