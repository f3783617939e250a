#ifndef CARDVAULT_KEYS_FILE_KEK_PROVIDER_H_
#define CARDVAULT_KEYS_FILE_KEK_PROVIDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "keys/kek_provider.h"

namespace cardvault {

// A KEK in a file: for the sandbox alone, production refuses it. The file is made with mode 0600
// outside the data directory; its form is in docs/formats/kek_file.md. Wraps with AES-256-GCM.
//
// Create: ALREADY_EXISTS when the path exists. Open: NOT_FOUND; FAILED_PRECONDITION when others
// may read the file or it is not a regular file of ours; DATA_LOSS when it is not a KEK file.
absl::Status CreateKekFile(const std::string& path);
absl::StatusOr<std::unique_ptr<KekProvider>> OpenKekFile(const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_FILE_KEK_PROVIDER_H_
