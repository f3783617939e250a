#ifndef CARDVAULT_KEYS_FILE_KEK_PROVIDER_H_
#define CARDVAULT_KEYS_FILE_KEK_PROVIDER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keys/kek_provider.h"

namespace cardvault {

// A KEK in a file: for the sandbox alone, production refuses it. The file is made with mode 0600
// outside the data directory; its form is in docs/formats/kek_file.md. Wraps with AES-256-GCM.

// Makes the file with a new random KEK; when it returns OK, file and name are on the disk. A try
// that is cut short leaves no file at `path`, at most one at `path`.new, which the next removes.
// ALREADY_EXISTS when there is anything at the path, be it a symbolic link; NOT_FOUND when its
// directory does not exist; FAILED_PRECONDITION (POLICY) when it may not be written; UNAVAILABLE
// when the disk fails, and then no file is left behind.
absl::Status CreateKekFile(const std::string& path);

// Reads the file; from then on the KEK stands in the key heap alone. NOT_FOUND when there is
// none; FAILED_PRECONDITION (POLICY) when it is not a regular file, belongs to another user, or
// has any permission for group or others; DATA_LOSS when it is not a KEK file, whole and unchanged;
// UNAVAILABLE when the disk fails.
// `generation` is what the provider says of itself.
absl::StatusOr<std::unique_ptr<KekProvider>> OpenKekFile(const std::string& path,
                                                         uint32_t generation = 1);

// Deletes the file of a KEK: what it wrapped cannot be opened any more. FAILED_PRECONDITION
// (KEY_STATE) when it has another check value; else as OpenKekFile. A medium may keep the bytes of
// a deleted file: this is the sandbox's provider.
absl::Status DestroyKekFile(const std::string& path, absl::string_view check_value);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_FILE_KEK_PROVIDER_H_
