#ifndef CARDVAULT_BASE_VERSION_H_
#define CARDVAULT_BASE_VERSION_H_

namespace cardvault {

// Of the server and the command line, which are released together.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace cardvault

#endif  // CARDVAULT_BASE_VERSION_H_
