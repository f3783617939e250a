#ifndef CARDVAULT_SERVER_CONFIG_PATHS_H_
#define CARDVAULT_SERVER_CONFIG_PATHS_H_

#include <string>

namespace cardvault {

// Both judge by what the paths lead to, as far as they exist: through links and "..". Thread-safe.
bool IsWithin(const std::string& path, const std::string& directory);
bool IsSamePath(const std::string& a, const std::string& b);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CONFIG_PATHS_H_
