#ifndef CARDVAULT_SERVER_VERSION_H_
#define CARDVAULT_SERVER_VERSION_H_

namespace cardvault {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_VERSION_H_
